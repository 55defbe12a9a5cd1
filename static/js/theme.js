// Light, dark or the system's choice, and a switch between them. Without this module the system decides.

import { part } from "./compose.js";
import { remember } from "./remember.js";
import { gettext } from "./words.js";

/** @typedef {"system" | "light" | "dark"} Look */
/** @typedef {{ onChange: (listener: () => void) => void, colour: (token: string) => string }} Theme */

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
  return (/** @type {string} */ token) => {
    probe.style.color = `var(--${token})`;
    return getComputedStyle(probe).color;
  };
}

export const theme = part("theme", {}, () => {
  /** @type {(() => void)[]} */
  const listeners = [];
  const tell = () => listeners.forEach((listener) => listener());
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
  return { onChange: (listener) => listeners.push(listener), colour: resolver() };
});
