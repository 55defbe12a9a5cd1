// New bans without a reload. Parts that nobody reads are drawn anew; otherwise a bar says how many there are.

import { poll } from "../poll.js";
import { isRead, swap } from "../swap.js";
import { fill, ngettext } from "../words.js";

/** @import { Panel } from "../panels.js" */

const EVERY = 5_000; // milliseconds

/** @type {Panel} */
export function panel(element, { scope, client, locale, notifications }) {
  const bar = element.querySelector("button");
  const address = element.dataset.address ?? "";
  const itself = "itself" in element.dataset; // whether parts may change without being asked to
  let after = Number(element.dataset.after ?? 0);
  let waiting = 0;

  /** @param {(part: Element) => boolean} keep */
  const renew = async (keep) => {
    const html = await client.page(element.dataset.page ?? location.href, scope.newest("renew"));
    if (!swap(html, keep)) waiting = 0;
    locale.refresh();
    tell();
  };

  const tell = () => {
    if (!bar) return;
    bar.hidden = waiting === 0;
    bar.textContent = fill(ngettext("%(count)s new ban", "%(count)s new bans", waiting), { count: locale.number(waiting) });
  };

  bar?.addEventListener("click", () => scope.run(() => renew(() => false), notifications.failed));
  scope.run(
    () =>
      poll({
        scope,
        every: EVERY,
        ask: async (signal) => {
          const asked = new URL(address, location.href);
          asked.searchParams.set("after", String(after));
          const { data } = await client.get(asked, { signal });
          after = data.newest;
          waiting += data.count;
          tell();
          if (waiting && itself) await renew(isRead);
        },
      }),
    notifications.failed,
  );
}
