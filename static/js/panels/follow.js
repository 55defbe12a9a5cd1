// What goes on without the person, such as an import or the server itself: as long as this element is on the page, the
// server's newest word replaces the page's parts again and again.

import { poll } from "../poll.js";
import { isHeld, swap } from "../swap.js";

/** @import { Panel } from "../panels.js" */

/** @type {Panel} */
export function panel(element, { scope, client, locale, notifications }) {
  const renew = async (/** @type {AbortSignal} */ signal) => {
    const html = await client.page(element.dataset.at ?? location.href, signal);
    swap(html, (part) => !part.contains(element) && isHeld(part)); // a button in it is pressed
    locale.refresh();
    return element.isConnected; // once it has ended the server does not draw this any more
  };
  scope.run(() => poll({ scope, every: Number(element.dataset.every ?? 1000), ask: renew }), notifications.failed);
}
