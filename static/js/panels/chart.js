// Draws the table inside a chart frame (ui/chart.html): the first column is the axis, each other one a series.

import { Drawing } from "../charts.js";
import { library } from "../library.js";

/** @import { Data } from "../charts.js" */
/** @import { Locale } from "../locale.js" */
/** @import { Panel } from "../panels.js" */

/** @type {Panel} */
export function panel(element, { scope, theme, locale, notifications }) {
  const canvas = element.querySelector("canvas");
  if (!canvas) return;
  const zone = element.querySelector("[data-zone]"); // of the axis; the table is in UTC, as its head says
  if (zone) zone.textContent = locale.zone;
  const kind = element.dataset.kind === "line" ? "line" : "bar";
  scope.run(async (signal) => {
    await library(element.dataset.library ?? "");
    signal.throwIfAborted();
    const drawing = new Drawing(canvas, /** @type {any} */ (window).Chart, theme.colour, locale.number);
    const show = () => {
      const table = element.querySelector("table");
      if (table && !scope.left) drawing.show(read(table, locale), { kind, stacked: true });
    };
    const watcher = new MutationObserver(show);
    watcher.observe(element, { childList: true, subtree: true });
    theme.onChange(show, signal);
    show();
    signal.addEventListener("abort", () => (watcher.disconnect(), drawing.leave()), { once: true });
  }, notifications.failed);
}

/**
 * @param {HTMLTableElement} table
 * @param {Locale} locale
 * @returns {Data}
 */
export function read(table, locale) {
  const heads = [...(table.tHead?.rows[0]?.cells ?? [])].slice(1);
  const rows = [...(table.tBodies[0]?.rows ?? [])];
  const series = heads.map((head, column) => ({
    label: head.textContent?.trim() ?? "",
    tone: head.dataset.tone ?? "accent",
    values: rows.map((row) => Number(row.cells[column + 1]?.dataset.value ?? 0)),
  }));
  return { labels: rows.map((row) => labelOf(row, locale)), series };
}

/**
 * @param {HTMLTableRowElement} row
 * @param {Locale} locale
 */
function labelOf(row, locale) {
  const time = row.cells[0]?.querySelector("time");
  if (!time) return row.cells[0]?.textContent?.trim() ?? "";
  return "day" in time.dataset ? time.textContent?.trim() ?? "" : locale.short(new Date(time.dateTime));
}
