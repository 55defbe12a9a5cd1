// New bans without a reload. Parts that nobody reads are drawn anew; otherwise a bar says how many there are.

import { whileBusy } from "../busy.js";
import { poll } from "../poll.js";
import { isRead, swap } from "../swap.js";
import { fill, gettext, ngettext } from "../words.js";

/** @import { Panel } from "../panels.js" */

const EVERY = 5_000; // milliseconds
const AT_ONCE = 100; // bans that one answer tells of; whoever is further behind is told "more than"

/** @type {Panel} */
export function panel(element, { scope, client, locale, notifications }) {
  const bar = element.querySelector("button");
  const itself = "itself" in element.dataset; // whether parts may change without being asked to
  const filters = Object.fromEntries(new URLSearchParams(element.dataset.query ?? ""));
  let cursor = element.dataset.cursor ?? "";
  let waiting = 0;
  let more = false;

  const tell = () => {
    if (!bar) return;
    const count = locale.number(waiting);
    const words = more ? gettext("More than %(count)s new bans") : ngettext("%(count)s new ban", "%(count)s new bans", waiting);
    bar.hidden = waiting === 0;
    bar.textContent = fill(words, { count });
  };

  /** @param {(part: Element) => boolean} keep */
  const renew = async (keep) => {
    const html = await client.page(location.href, scope.signal); // two who want it now share one request
    if (!swap(html, keep)) [waiting, more] = [0, false];
    locale.refresh();
    tell();
  };

  /** @param {AbortSignal} signal */
  const ask = async (signal) => {
    const query = cursor ? { ...filters, cursor, page_size: AT_ONCE } : { ...filters, page_size: 1 };
    const { data } = await client.get("/bans", { signal, query });
    const pages = data.pagination;
    waiting += data.data.length;
    more ||= cursor !== "" && pages.has_previous;
    cursor = pages.previous_cursor ?? cursor;
    tell();
    if (waiting && itself) await renew(isRead);
  };

  const renewNow = () => scope.run(() => renew(() => false), notifications.failed);
  bar?.addEventListener("click", async () => {
    await renewNow();
    if (bar.hidden) beginningOf(element.nextElementSibling); // else it could not be done, and is there to be tried again
  });
  const refresh = document.querySelector("[data-refresh]");
  refresh?.addEventListener("click", () => whileBusy(refresh, renewNow), { signal: scope.signal });
  scope.run(() => poll({ scope, every: EVERY, ask }), notifications.failed);
}

/**
 * The focus was on a button that is gone: it goes on at the list that the button stood over, and nothing scrolls.
 *
 * @param {Element | null} part
 */
function beginningOf(part) {
  const start = part?.querySelector("tbody tr") ?? part;
  if (!(start instanceof HTMLElement)) return;
  start.tabIndex = -1;
  start.focus({ preventScroll: true });
}
