// Light, dark or the system's choice, and a switch between them. Without this module the system decides.

import { part } from "./compose.js";
import { remember } from "./remember.js";
import { gettext } from "./words.js";

/** @typedef {"system" | "light" | "dark"} Look */
/**
 * @typedef {object} Theme
 * @property {(listener: () => void, signal: AbortSignal) => void} onChange until the signal is aborted
 * @property {(token: string) => string} colour on paper that of the light, whatever the screen has
 */

const LOOKS = /** @type {Look[]} */ (["system", "light", "dark"]);

/** @returns {Record<Look, string>} */
const names = () => ({ system: gettext("as the system"), light: gettext("light"), dark: gettext("dark") });

/** @returns {Look} */
function chosen() {
  const look = document.documentElement.dataset.look;
  return look === "light" || look === "dark" ? look : "system";
}

/** @param {Look} look */
function choose(look) {
  if (look === "system") delete document.documentElement.dataset.look;
  else document.documentElement.dataset.look = look;
  remember("look", look === "system" ? "" : look);
}

/** A token of banguard.css as a colour that any library can read: custom properties say `light-dark(…)`. */
function resolver() {
  const probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  const colour = (/** @type {string} */ token) => {
    probe.style.color = `var(--${token})`;
    return getComputedStyle(probe).color;
  };
  const light = (/** @type {boolean} */ always) => void (probe.style.colorScheme = always ? "light" : "");
  return { colour, light };
}

export const theme = part("theme", {}, () => {
  const changes = new EventTarget();
  const tell = () => void changes.dispatchEvent(new Event("change"));
  const { colour, light } = resolver();
  /** @type {NodeListOf<HTMLButtonElement>} */
  const switches = document.querySelectorAll("[data-theme-switch]");
  const label = () => {
    for (const button of switches) {
      const name = button.querySelector("[data-theme-name]");
      if (name) name.textContent = names()[chosen()];
    }
  };
  for (const button of switches) {
    button.addEventListener("click", () => {
      choose(LOOKS[(LOOKS.indexOf(chosen()) + 1) % LOOKS.length] ?? "system");
      label();
      tell();
    });
  }
  label();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", tell);
  for (const [event, paper] of /** @type {const} */ ([["beforeprint", true], ["afterprint", false]])) {
    addEventListener(event, () => {
      light(paper); // what is drawn knows nothing of print.css
      tell();
    });
  }
  return { onChange: (listener, signal) => changes.addEventListener("change", listener, { signal }), colour };
});
