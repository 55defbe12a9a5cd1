// How far a run is, until it ends; then the page is drawn anew by the server.

import { poll } from "../poll.js";
import { isRead, swap } from "../swap.js";

/** @import { Panel } from "../panels.js" */

/** @type {Panel} */
export function panel(element, { scope, client, locale, notifications }) {
  const renew = async (/** @type {AbortSignal} */ signal) => {
    const answered = (/** @type {Element} */ part) => !part.contains(element) && isRead(part); // a button in it is pressed
    swap(await client.page(location.href, signal), answered);
    locale.refresh();
    return element.isConnected; // once it has ended the server draws no progress any more
  };
  scope.run(() => poll({ scope, every: Number(element.dataset.every ?? 1000), ask: renew }), notifications.failed);
}
