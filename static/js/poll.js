// Asking again and again, politely: not while nobody looks, less often when it fails, at once when one is back.

import { RequestFailed } from "./client.js";

/** @import { Scope } from "./scope.js" */

const LONGEST = 60_000; // milliseconds between two tries, however often it failed

/**
 * The wait after the `failures`-th failure in a row.
 *
 * @param {number} every milliseconds
 * @param {number} failures
 * @param {unknown} error
 */
export function wait(every, failures, error) {
  const asked = error instanceof RequestFailed ? Number(error.details?.retry_after ?? 0) * 1000 : 0;
  return Math.max(Math.min(every * 2 ** failures, LONGEST), asked);
}

/**
 * Calls `ask` until it says false or the scope is left.
 *
 * @param {object} options
 * @param {Scope} options.scope
 * @param {number} options.every milliseconds
 * @param {(signal: AbortSignal) => Promise<boolean | void>} options.ask
 * @param {Document} [options.page]
 */
export async function poll({ scope, every, ask, page = document }) {
  let failures = 0;
  let next = every;
  for (;;) {
    await scope.pause(next);
    await untilSeen(scope, page);
    try {
      if ((await ask(scope.signal)) === false) return;
      failures = 0;
      next = every;
    } catch (error) {
      scope.signal.throwIfAborted();
      if (!(error instanceof RequestFailed) || error.status === 401 || error.status === 403) throw error;
      failures += 1;
      next = wait(every, failures, error);
    }
  }
}

/**
 * @param {Scope} scope
 * @param {Document} page
 */
async function untilSeen(scope, page) {
  if (!page.hidden) return;
  const heard = new AbortController();
  await new Promise((resolve, reject) => {
    const options = { signal: heard.signal };
    page.addEventListener("visibilitychange", () => page.hidden || resolve(undefined), options);
    scope.signal.addEventListener("abort", () => reject(scope.signal.reason), options);
  }).finally(() => heard.abort());
}
