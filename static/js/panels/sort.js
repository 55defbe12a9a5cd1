// Sorting a table whose rows all stand on one page: the heads become buttons. Without this module the rows stay in the
// order of the server, as they do in lists of many pages.

/** @import { Panel } from "../panels.js" */

/** @typedef {string | number | null} Value null: there is none, which comes last both ways */

/** @type {Panel} */
export function panel(element, { locale }) {
  if (!(element instanceof HTMLTableElement)) return;
  const heads = [...element.querySelectorAll("th")].filter((head) => "sort" in head.dataset);
  const { compare } = new Intl.Collator(locale.language, { numeric: true });
  for (const head of heads) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.append(...head.childNodes);
    button.addEventListener("click", () => {
      const way = next(head.ariaSort, valuesOf(element, head));
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", way);
      const rows = [...(element.tBodies[0]?.rows ?? [])];
      element.tBodies[0]?.append(...sorted(rows, valuesOf(element, head), way === "descending", compare));
    });
    head.append(button);
  }
}

/**
 * The other way round; at first what is most or newest comes first, and words by the alphabet.
 *
 * @param {string | null} now
 * @param {Value[]} values
 */
export function next(now, values) {
  if (now === "ascending" || now === "descending") return now === "ascending" ? "descending" : "ascending";
  return values.some((value) => typeof value === "string") ? "ascending" : "descending";
}

/**
 * @template T
 * @param {T[]} rows
 * @param {Value[]} values one for each row
 * @param {boolean} descending
 * @param {(a: string, b: string) => number} compare
 * @returns {T[]} equal ones stay as they were
 */
export function sorted(rows, values, descending, compare) {
  const order = rows.map((row, at) => ({ row, value: values[at] ?? null }));
  order.sort(({ value: a }, { value: b }) => {
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    const ascending = typeof a === "number" && typeof b === "number" ? a - b || 0 : compare(String(a), String(b));
    return descending ? -ascending : ascending;
  });
  return order.map(({ row }) => row);
}

/**
 * @param {HTMLTableElement} table
 * @param {HTMLTableCellElement} head
 */
function valuesOf(table, head) {
  return [...(table.tBodies[0]?.rows ?? [])].map((row) => {
    const cell = row.cells[head.cellIndex];
    return cell ? valueOf(cell) : null;
  });
}

/**
 * What the server says it is worth, a moment, a whole number however its thousands are told apart, or its words.
 *
 * @param {HTMLTableCellElement} cell
 * @returns {Value}
 */
export function valueOf(cell) {
  if (cell.dataset.value !== undefined) return Number(cell.dataset.value);
  const moment = cell.querySelector("time")?.dateTime;
  if (moment) return Date.parse(moment);
  const words = cell.textContent?.trim() ?? "";
  if (!cell.classList.contains("number")) return words === "–" ? null : words || null;
  const digits = words.replace(/[^\d-]/g, "");
  return digits === "" ? null : Number(digits);
}
