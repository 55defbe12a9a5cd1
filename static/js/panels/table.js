// What one sees of a table: which columns, how dense, and exact times instead of relative ones. Kept on this device.
// And its head, as far as one can.

import { gettext } from "../words.js";

/** @import { Panel } from "../panels.js" */

/** @typedef {{ hidden: string[], dense: boolean, exact: boolean }} View */

/** @type {Panel} */
export function panel(element, { scope }) {
  const table = element.querySelector("table");
  const body = table?.tBodies[0];
  if (!table || !body) return;
  stick(element, table, scope.signal);
  if (!element.dataset.table) return;
  const key = `banguard-table:${element.dataset.table}`;
  const view = restore(key);
  const heads = [...(table.tHead?.rows[0]?.cells ?? [])];
  const show = () => {
    element.classList.toggle("dense", view.dense);
    hide(table, heads, view.hidden);
    element.toggleAttribute("data-exact", view.exact); // frame.css shows the exact time then
  };
  const watcher = new MutationObserver(show);
  watcher.observe(body, { childList: true });
  scope.signal.addEventListener("abort", () => watcher.disconnect(), { once: true });
  const changed = () => {
    keep(key, view);
    show();
  };
  element.querySelector("[data-view-menu]")?.replaceChildren(...choices(heads, view, changed));
  show();
}

/**
 * A head stays in sight as long as the table needs no scrolling sideways: what scrolls holds its head, too.
 *
 * @param {HTMLElement} element
 * @param {HTMLTableElement} table
 * @param {AbortSignal} signal
 */
function stick(element, table, signal) {
  const watcher = new ResizeObserver(() => element.classList.toggle("fits", table.offsetWidth <= element.clientWidth));
  watcher.observe(element);
  watcher.observe(table);
  signal.addEventListener("abort", () => watcher.disconnect(), { once: true });
}

/**
 * @param {HTMLTableElement} table
 * @param {HTMLTableCellElement[]} heads
 * @param {string[]} hidden names of columns
 */
function hide(table, heads, hidden) {
  heads.forEach((head, at) => {
    const away = hidden.includes(nameOf(head));
    for (const row of table.rows) {
      const cell = row.cells[at];
      if (cell && cell.colSpan === 1) cell.hidden = away;
    }
  });
}

/** @param {HTMLTableCellElement} head */
const nameOf = (head) => head.textContent?.trim() ?? "";

/**
 * @param {HTMLTableCellElement[]} heads
 * @param {View} view
 * @param {() => void} changed
 */
function choices(heads, view, changed) {
  const columns = heads.filter((head, at) => at > 0 && "column" in head.dataset).map(nameOf);
  return [
    ...columns.map((name) =>
      choice(name, !view.hidden.includes(name), (on) => {
        view.hidden = on ? view.hidden.filter((other) => other !== name) : [...view.hidden, name];
        changed();
      }),
    ),
    document.createElement("hr"),
    choice(gettext("Dense rows"), view.dense, (on) => {
      view.dense = on;
      changed();
    }),
    choice(gettext("Exact times"), view.exact, (on) => {
      view.exact = on;
      changed();
    }),
  ];
}

/**
 * @param {string} words
 * @param {boolean} on
 * @param {(on: boolean) => void} chosen
 */
function choice(words, on, chosen) {
  const label = document.createElement("label");
  const box = document.createElement("input");
  box.type = "checkbox";
  box.className = "form-check-input";
  box.checked = on;
  box.addEventListener("change", () => chosen(box.checked));
  label.className = "check";
  label.append(box, words);
  return label;
}

/**
 * @param {string} key
 * @returns {View}
 */
function restore(key) {
  const usual = { hidden: [], dense: false, exact: false };
  try {
    return { ...usual, ...JSON.parse(localStorage.getItem(key) ?? "{}") };
  } catch {
    return usual; // storage is forbidden, or holds what nobody here wrote
  }
}

/**
 * @param {string} key
 * @param {View} view
 */
function keep(key, view) {
  try {
    localStorage.setItem(key, JSON.stringify(view));
  } catch {
    // Storage may be forbidden: the choice then holds for this page.
  }
}
