// Asking again and again, politely: not while nobody looks, less often when it fails, at once when one is back or the
// network is.

import { RequestFailed } from "./client.js";
import { freshness } from "./freshness.js";
import { Scope } from "./scope.js";

/** @import { Freshness } from "./freshness.js" */

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
 * @param {EventTarget & { hidden: boolean }} [options.page]
 * @param {EventTarget} [options.network]  says "online"
 * @param {Pick<Freshness, "failed" | "well">} [options.told]
 */
export async function poll({ scope, every, ask, page = document, network = globalThis, told = freshness }) {
  let failures = 0;
  let next = every;
  let answered = new Date();
  scope.signal.addEventListener("abort", () => told.well(scope), { once: true });
  for (;;) {
    if (await rest(scope, next, network)) failures = 0; // what failed meanwhile says nothing of now
    await untilSeen(scope, page);
    try {
      if ((await ask(scope.signal)) === false) return told.well(scope);
      answered = new Date();
      failures = 0;
      next = every;
      told.well(scope);
    } catch (error) {
      scope.signal.throwIfAborted();
      if (!(error instanceof RequestFailed) || error.status === 401 || error.status === 403) throw error;
      failures += 1;
      next = wait(every, failures, error);
      told.failed(scope, answered, failures);
    }
  }
}

/**
 * Waits, or until the network is there again: whether it was that.
 *
 * @param {Scope} scope
 * @param {number} milliseconds
 * @param {EventTarget} network
 */
async function rest(scope, milliseconds, network) {
  const resting = new Scope(scope);
  /** @type {Promise<true>} */
  const online = new Promise((resolve) => {
    network.addEventListener("online", () => resolve(true), { once: true, signal: resting.signal });
  });
  try {
    return (await Promise.race([resting.pause(milliseconds), online])) === true;
  } finally {
    resting.leave(); // also stops listening
  }
}

/**
 * @param {Scope} scope
 * @param {EventTarget & { hidden: boolean }} page
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
