// What happened, said in a corner and to screen readers. What a form did is said by the server in the page itself.

import { RequestFailed } from "./client.js";
import { part } from "./compose.js";
import { gettext } from "./words.js";

/** @typedef {"good" | "warn" | "bad" | "info"} Tone */
/**
 * What goes on for a while: `part`, 0 to 1, of it is done (null: nobody knows how much there is).
 *
 * @typedef {{ tell: (text: string, part: number | null) => void, end: () => void }} Going
 */

/**
 * @typedef {object} Notifications
 * @property {(text: string, tone?: Tone) => void} say
 * @property {(error: unknown) => void} failed
 * @property {(text: string) => Going} begin  closed by the person, it goes on unseen
 */

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
  /** @type {Notifications["begin"]} */
  const begin = (text) => {
    const toast = copyOf(document.getElementById("toast-progress"));
    const words = toast?.querySelector("[data-words]");
    const bar = toast?.querySelector("progress");
    /** @type {Going["tell"]} */
    const tell = (told, part) => {
      if (words) words.textContent = told;
      if (bar && part !== null) bar.value = Math.min(part, 1);
    };
    tell(text, null);
    if (toast) show(toast);
    return { tell, end: () => toast?.remove() };
  };
  return { say, failed, begin };
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
