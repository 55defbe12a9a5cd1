// What happened, said in a corner and to screen readers. What a form did is said by the server in the page itself.

import { RequestFailed } from "./client.js";
import { part } from "./compose.js";
import { gettext } from "./words.js";

/** @typedef {"good" | "warn" | "bad" | "info"} Tone */
/** @typedef {{ say: (text: string, tone?: Tone) => void, failed: (error: unknown) => void }} Notifications */

const STAYS = 8_000; // milliseconds; a failure stays until it is closed

const needs = /** @type {const} */ ({ client: "it tells what the client's requests met" });

export const notifications = part("notifications", needs, () => {
  const corner = document.getElementById("toasts");
  const template = document.getElementById("toast");
  const signedOut = document.getElementById("toast-signed-out");
  /** @type {Notifications["say"]} */
  const say = (text, tone = "info") => {
    const toast = copyOf(template);
    const words = toast?.querySelector("p");
    if (!toast || !words) return;
    toast.classList.add(`tone-${tone}`);
    words.textContent = text;
    show(toast);
    if (tone !== "bad") setTimeout(() => toast.remove(), STAYS);
  };
  /** @param {Element} toast */
  const show = (toast) => {
    toast.querySelector("button")?.addEventListener("click", () => toast.remove());
    corner?.append(toast);
  };
  /** @type {Notifications["failed"]} */
  const failed = (error) => {
    if (!(error instanceof RequestFailed) || error.status !== 401) return say(wordsOf(error), "bad");
    const toast = copyOf(signedOut);
    if (toast && !corner?.querySelector("[data-signed-out]")) show(toast); // everything that asks hears of it
  };
  return { say, failed };
});

/** @param {Element | null} template */
function copyOf(template) {
  if (!(template instanceof HTMLTemplateElement)) return null;
  return /** @type {DocumentFragment} */ (template.content.cloneNode(true)).firstElementChild;
}

/** @param {unknown} error */
function wordsOf(error) {
  if (error instanceof RequestFailed && error.message) return error.message;
  console.error(error);
  return gettext("Something went wrong on this page. Load it again.");
}
