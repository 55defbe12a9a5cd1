// What one sees of a table: which columns, how dense, and exact times instead of relative ones. Kept on this device, in
// a cookie from which the server draws the table so at once (web/tables.py): here is only the menu that changes it.
// And its head, which stays in sight as far as it can.

import { remember } from "../remember.js";
import { gettext } from "../words.js";

/** @import { Panel } from "../panels.js" */

/** @type {Panel} */
export function panel(element, { scope, locale }) {
  const table = element.querySelector("table");
  if (table) stick(element, table, scope.signal);
  const menu = /** @type {HTMLDetailsElement | null} */ (element.querySelector(".view-menu"));
  if (!menu) return;
  const heads = [...element.querySelectorAll("th")].filter((head) => "column" in head.dataset);
  const keep = () => {
    remember(`table_${element.dataset.table}`, told(element, heads));
    locale.refresh(element);
  };
  menu.querySelector("[data-view-menu]")?.replaceChildren(...choices(element, heads, keep));
  closing(menu, scope.signal);
  locale.refresh(element);
}

/**
 * A head stays in sight of the page while the table needs no scrolling sideways; else within what scrolls it.
 *
 * @param {HTMLElement} element
 * @param {HTMLTableElement} table
 * @param {AbortSignal} signal
 */
function stick(element, table, signal) {
  const watcher = new ResizeObserver(() => {
    const fits = table.offsetWidth <= element.clientWidth;
    element.classList.toggle("fits", fits);
    element.classList.toggle("scrolls", !fits);
  });
  watcher.observe(element);
  watcher.observe(table);
  signal.addEventListener("abort", () => watcher.disconnect(), { once: true });
}

/**
 * A column is known by its number, which is the same in every language, and shown by its place.
 *
 * @param {HTMLTableCellElement} head
 */
const without = (head) => `without-${head.cellIndex + 1}`;

/**
 * What was chosen, as the cookie has it: `dense.exact.2.5`.
 *
 * @param {HTMLElement} element
 * @param {HTMLTableCellElement[]} heads
 */
export function told(element, heads) {
  const hidden = heads.filter((head) => element.classList.contains(without(head)));
  const words = [element.classList.contains("dense") && "dense", "exact" in element.dataset && "exact"];
  return [...words, ...hidden.map((head) => head.dataset.column)].filter(Boolean).join(".");
}

/**
 * As with any menu: Escape closes it, and so does a click elsewhere.
 *
 * @param {HTMLDetailsElement} menu
 * @param {AbortSignal} signal
 * @param {EventTarget} page
 */
export function closing(menu, signal, page = document) {
  const outside = (/** @type {Event} */ { target }) => {
    if (!menu.contains(/** @type {Node} */ (target))) menu.open = false;
  };
  const escape = (/** @type {Event} */ event) => {
    if (!menu.open || !("key" in event) || event.key !== "Escape") return;
    menu.open = false;
    menu.querySelector("summary")?.focus(); // what had the focus is gone
  };
  page.addEventListener("click", outside, { signal });
  menu.addEventListener("keydown", escape, { signal });
}

/**
 * @param {HTMLElement} element
 * @param {HTMLTableCellElement[]} heads
 * @param {() => void} keep
 */
function choices(element, heads, keep) {
  const { classList, dataset } = element;
  const columns = heads.map((head) => {
    const words = head.textContent?.trim() ?? "";
    return choice(words, !classList.contains(without(head)), (on) => classList.toggle(without(head), !on), keep);
  });
  const dense = choice(gettext("Dense rows"), classList.contains("dense"), (on) => classList.toggle("dense", on), keep);
  const exact = choice(gettext("Exact times"), "exact" in dataset, (on) => element.toggleAttribute("data-exact", on), keep);
  return [...columns, document.createElement("hr"), dense, exact];
}

/**
 * @param {string} words
 * @param {boolean} on
 * @param {(on: boolean) => void} show
 * @param {() => void} keep
 */
function choice(words, on, show, keep) {
  const label = document.createElement("label");
  const box = document.createElement("input");
  box.type = "checkbox";
  box.className = "form-check-input";
  box.checked = on;
  box.addEventListener("change", () => {
    show(box.checked);
    keep();
  });
  label.className = "check";
  label.append(box, words);
  return label;
}
