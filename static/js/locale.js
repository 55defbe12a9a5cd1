// The person's language and time zone: numbers, and moments as people say them. The server writes UTC; here each
// moment gets the exact time in the person's own zone too, and grows older while one looks at it.

import { part } from "./compose.js";
import { remember } from "./remember.js";
import { fill, gettext } from "./words.js";

/**
 * @typedef {object} Locale
 * @property {string} language
 * @property {string} zone
 * @property {(value: number) => string} number
 * @property {(moment: Date) => string} exact in the person's zone, then in UTC
 * @property {(moment: Date) => string} here exact in the person's zone alone
 * @property {(moment: Date) => string} short a day and a time, for the axis of a chart
 * @property {(root?: ParentNode) => void} refresh
 */

const EVERY = 30_000; // milliseconds between two looks at how old moments are
const A_WEEK = 7 * 86_400;
/** @type {[number, () => string][]} */
const UNITS = [
  [86_400, () => gettext("%(count)s d")],
  [3_600, () => gettext("%(count)s h")],
  [60, () => gettext("%(count)s min")],
  [1, () => gettext("%(count)s s")],
];

/**
 * Whether it is told by its date, which then stands for itself (css/views.css).
 *
 * @param {Date} moment
 * @param {Date} now
 */
function isFar(moment, now) {
  return Math.round(Math.abs(now.getTime() - moment.getTime()) / 1000) >= A_WEEK;
}

/**
 * The same words as the server's (web/words.py).
 *
 * @param {Date} moment
 * @param {Date} now
 */
export function relative(moment, now) {
  const seconds = (now.getTime() - moment.getTime()) / 1000;
  const size = Math.round(Math.abs(seconds));
  if (isFar(moment, now)) return moment.toISOString().slice(0, 10);
  const [length, words] = UNITS.find(([unit]) => size >= unit) ?? [1, () => ""];
  if (size < 1) return gettext("just now");
  const duration = fill(words(), { count: Math.floor(size / length) });
  return fill(seconds > 0 ? gettext("%(duration)s ago") : gettext("in %(duration)s"), { duration });
}

/**
 * @param {string} language
 * @param {string} zone
 * @returns {Pick<Locale, "number" | "exact" | "here" | "short">}
 */
export function formats(language, zone) {
  const numbers = new Intl.NumberFormat(language);
  const local = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium", timeZone: zone });
  const utc = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium", timeZone: "UTC" });
  const short = new Intl.DateTimeFormat(language, { month: "short", day: "numeric", hour: "2-digit", timeZone: zone });
  const exact = (/** @type {Date} */ moment) =>
    zone === "UTC" ? `${utc.format(moment)} UTC` : `${local.format(moment)} (${zone})\n${utc.format(moment)} UTC`;
  const here = (/** @type {Date} */ moment) => (zone === "UTC" ? exact(moment) : local.format(moment));
  return { number: (value) => numbers.format(value), exact, here, short: (moment) => short.format(moment) };
}

export const locale = part("locale", { theme: "it writes over what is painted, so the colours come first" }, () => {
  const language = document.documentElement.lang || "en";
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const given = formats(language, zone);
  /** @param {ParentNode} root */
  const refresh = (root = document) => {
    const now = new Date();
    for (const time of root.querySelectorAll("time")) {
      const moment = new Date(time.dateTime);
      time.title = given.exact(moment);
      if (!("relative" in time.dataset)) continue;
      const exactly = time.closest(".table-box[data-exact]"); // chosen for this table (panels/table.js)
      const kind = isFar(moment, now) ? "date" : "";
      if (time.dataset.relative !== kind) time.dataset.relative = kind;
      write(time, exactly ? given.here(moment) : relative(moment, now));
    }
  };
  refresh();
  setInterval(refresh, EVERY);
  for (const button of document.querySelectorAll("[data-exact-switch]")) offer(button);
  return { language, zone, ...given, refresh };
});

/**
 * @param {HTMLElement} element
 * @param {string} text
 */
function write(element, text) {
  if (element.textContent !== text) element.textContent = text; // an unchanged one is not painted again
}

/**
 * The switch in the foot of a page, for whoever cannot point at a time: one stop of the Tab key, not one for each row.
 *
 * @param {Element} button
 */
function offer(button) {
  const { dataset } = document.documentElement;
  const tell = () => button.setAttribute("aria-pressed", String("exact" in dataset));
  button.addEventListener("click", () => {
    if ("exact" in dataset) delete dataset.exact;
    else dataset.exact = "";
    tell();
    remember("exact", "exact" in dataset ? "yes" : "");
  });
  tell();
}
