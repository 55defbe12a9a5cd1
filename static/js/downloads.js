// Files that are made while they are sent, such as an export: a browser does not know how long one gets, but the server
// knows how far it is.

import { poll } from "./poll.js";
import { fill, gettext } from "./words.js";

/** @import { Page } from "./compose.js" */
/** @import { Scope } from "./scope.js" */

const EVERY = 1000; // milliseconds

/**
 * Links with `data-file`, how many rows the file will hold, or "" where nobody knows: how far it is, until it is there.
 *
 * @param {Pick<Page, "client" | "locale" | "notifications"> & { scope: Scope, every?: number }} given
 * @param {EventTarget} page
 */
export function downloads({ scope, ...given }, page = document) {
  page.addEventListener("click", ({ target }) => {
    const link = target instanceof Element ? target.closest("a[data-file]") : null;
    if (!(link instanceof HTMLAnchorElement)) return;
    const name = namedAnew(link);
    const rows = Number(link.dataset.file) || null;
    scope.run(() => follow({ scope, ...given }, `${link.dataset.progress}?told=${name}`, rows), given.notifications.failed);
  });
}

/**
 * Gives the file a name to ask by; 128 bits of chance, so nobody else has it.
 *
 * @param {HTMLAnchorElement} link
 */
function namedAnew(link) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const name = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const address = new URL(link.href);
  address.searchParams.set("told", name);
  link.href = address.href;
  return name;
}

/**
 * @param {Parameters<typeof downloads>[0]} given
 * @param {string} at
 * @param {number | null} rows
 */
export async function follow({ scope, client, locale, notifications, every = EVERY }, at, rows) {
  const going = notifications.begin(gettext("The file is being written …"));
  const words = (/** @type {number} */ lines) =>
    rows === null
      ? fill(gettext("%(lines)s rows sent"), { lines: locale.number(lines) })
      : fill(gettext("%(lines)s of %(rows)s rows sent"), { lines: locale.number(Math.min(lines, rows)), rows: locale.number(rows) });
  try {
    await poll({
      scope,
      every,
      ask: async (signal) => {
        const { data } = await client.get(new URL(at, location.href), { signal });
        going.tell(words(data.lines), rows === null ? null : data.lines / rows);
        if (data.ended) notifications.say(gettext("The file is there, whole."), "good");
        if (data.stopped) notifications.say(gettext("The file was not sent to its end."), "warn");
        return !data.ended && !data.stopped;
      },
    });
  } finally {
    going.end();
  }
}
