// Colours the world by the table inside the frame (ui/world.html). Each country is a link, so it is reached by
// keyboard and filters the page by a click; the shapes are svgMap's.

import { fingerprint } from "../charts.js";
import { library } from "../library.js";
import { told } from "../told.js";
import { follow, View } from "../view.js";
import { fill, ngettext } from "../words.js";

/** @import { Panel } from "../panels.js" */

const SVG = "http://www.w3.org/2000/svg";
const STEPS = 6; // classes of the scale, besides "none"
const GRID = 15; // places across and down where a country is looked for in its box; odd, so that one is the middle

/** @typedef {{ code: string, name: string, value: number, href: string }} Country */

/** @type {Panel} */
export function panel(element, { scope, locale, notifications }) {
  const svg = element.querySelector("svg[data-world]");
  if (!(svg instanceof SVGSVGElement)) return;
  scope.run(async (signal) => {
    await library(element.dataset.library ?? "");
    signal.throwIfAborted();
    const paths = shapes();
    let drawn = "";
    const show = () => {
      const countries = read(element.querySelector("table"));
      if (fingerprint(countries) === drawn) return;
      drawn = fingerprint(countries);
      draw(svg, paths, countries, locale.number);
      describe(element, countries, locale.number);
    };
    const watcher = new MutationObserver(show);
    watcher.observe(element, { childList: true, subtree: true });
    signal.addEventListener("abort", () => watcher.disconnect(), { once: true });
    show();
    listen(element, svg, signal);
  }, notifications.failed);
}

/** @returns {Record<string, { d: string }>} */
function shapes() {
  const Map = /** @type {any} */ (window).svgMap;
  class Shapes extends Map {
    init() {} // only the shapes are wanted: it would set style attributes, which the policy forbids
  }
  return /** @type {any} */ (new Shapes()).mapPaths;
}

/**
 * What has no country is in the table alone: it may be the most, and has no place on the map.
 *
 * @param {HTMLTableElement | null} table
 * @returns {Country[]}
 */
function read(table) {
  return [...(table?.tBodies[0]?.rows ?? [])].filter((row) => row.dataset.code).map((row) => ({
    code: row.dataset.code ?? "",
    name: row.dataset.name ?? "",
    value: Number(row.dataset.value),
    href: row.querySelector("a")?.getAttribute("href") ?? "",
  }));
}

/**
 * The largest value of each class, on a scale by powers that ends with `most`. It is the one truth about classes: what
 * a country is painted in and what the legend says are both read from it.
 *
 * @param {number} most
 */
export function bounds(most) {
  const all = Array.from({ length: STEPS }, (_, at) => Math.round((most + 1) ** ((at + 1) / STEPS) - 1));
  return [...new Set(all.map((bound) => Math.max(bound, 1)))].filter((bound) => bound <= most);
}

/**
 * The class that `value` is in: 0 for none, and `STEPS`, the strongest colour, always for those with the most.
 *
 * @param {number} value
 * @param {number[]} scale what `bounds` gave; fewer than `STEPS` where there are not as many different numbers
 */
export function step(value, scale) {
  const at = scale.findIndex((bound) => value <= bound);
  return value <= 0 || at < 0 ? 0 : at + 1 + STEPS - scale.length;
}

/** @param {Country[]} countries */
const scaleOf = (countries) => bounds(Math.max(...countries.map((country) => country.value), 0));

/**
 * @param {SVGSVGElement} svg
 * @param {Record<string, { d: string }>} paths
 * @param {Country[]} countries
 * @param {(value: number) => string} number
 */
function draw(svg, paths, countries, number) {
  const known = new Map(countries.map((country) => [country.code, country]));
  const scale = scaleOf(countries);
  const empty = document.createDocumentFragment();
  const links = document.createDocumentFragment();
  for (const [code, { d }] of Object.entries(paths)) {
    if (code === "MA-EH" || !d) continue;
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    const country = known.get(code);
    if (!country) {
      empty.append(path);
      continue;
    }
    path.classList.add(`step-${step(country.value, scale)}`);
    links.append(linked(path, country, number));
  }
  const focused = svg.querySelector("a:focus")?.getAttribute("href");
  svg.replaceChildren(empty, links);
  const again = focused && [...svg.querySelectorAll("a")].find((link) => link.getAttribute("href") === focused);
  if (again) again.focus({ preventScroll: true }); // new bans do not take it from whoever goes from country to country
}

/**
 * @param {SVGPathElement} path
 * @param {Country} country
 * @param {(value: number) => string} number
 */
function linked(path, country, number) {
  const link = document.createElementNS(SVG, "a");
  const said = ngettext("%(country)s: %(count)s ban", "%(country)s: %(count)s bans", country.value);
  const words = fill(said, { country: country.name, count: number(country.value) });
  link.setAttribute("href", country.href);
  link.setAttribute("aria-label", words);
  link.append(path);
  return link;
}

/**
 * The legend.
 *
 * @param {HTMLElement} element
 * @param {Country[]} countries
 * @param {(value: number) => string} number
 */
function describe(element, countries, number) {
  const legend = element.querySelector("[data-legend]");
  const scale = scaleOf(countries);
  let from = 1;
  const items = scale.map((bound) => {
    const item = document.createElement("li");
    const colour = document.createElement("span");
    colour.className = `step step-${step(bound, scale)}`;
    item.append(colour, from === bound ? number(bound) : `${number(from)}–${number(bound)}`);
    from = bound + 1;
    return item;
  });
  legend?.replaceChildren(...[...legend.children].slice(0, 1), ...items); // the first says what has none
}

/**
 * Says which country one points at, and brings one that the keyboard reached into view.
 *
 * @param {HTMLElement} element
 * @param {SVGSVGElement} svg
 * @param {AbortSignal} signal
 */
function listen(element, svg, signal) {
  const frame = svg.parentElement ?? element;
  const view = new View();
  const look = follow(element, svg, view);
  const { say, hide } = told(frame, signal);
  let pointing = false;
  const pointed = (/** @type {PointerEvent} */ event) => {
    const still = event.pointerType === "mouse" && !event.movementX && !event.movementY;
    if (still) return; // the world moved under it, as it does for the keyboard
    pointing = true;
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (link) say(link, { x: event.clientX, y: event.clientY });
    else hide();
  };
  svg.addEventListener("pointerdown", pointed);
  svg.addEventListener("pointermove", pointed);
  svg.addEventListener("pointerleave", () => pointing && hide());
  frame.addEventListener("focusout", hide); // listening for the focus, an svg would be a stop of the Tab key itself
  frame.addEventListener("focusin", ({ target }) => {
    const link = target instanceof SVGAElement && target.matches(":focus-visible") ? target : null;
    const path = link?.querySelector("path");
    if (!link || !path) return;
    pointing = false;
    if (view.reveal(path.getBBox(), () => within(path))) look();
    // The browser goes to the whole of the country, or to where it was, and so away from the map: come back.
    requestAnimationFrame(() => svg.scrollIntoView({ block: "nearest" }));
    const { x, y } = within(path);
    const at = new DOMPoint(x, y).matrixTransform(path.getScreenCTM() ?? undefined);
    say(link, at);
  });
}

/**
 * A point of a country, as near its middle as there is: between Alaska and Florida the middle is Canada's.
 *
 * @param {SVGPathElement} path
 * @returns {DOMPoint}
 */
function within(path) {
  const { x, y, width, height } = path.getBBox();
  const places = Array.from({ length: GRID * GRID }, (_, at) => [(at % GRID) + 0.5, Math.floor(at / GRID) + 0.5]);
  const far = (/** @type {number[]} */ [across = 0, down = 0]) => Math.hypot(across - GRID / 2, down - GRID / 2);
  for (const [across = 0, down = 0] of places.sort((one, other) => far(one) - far(other))) {
    const point = new DOMPoint(x + (width * across) / GRID, y + (height * down) / GRID);
    if (path.isPointInFill(point)) return point;
  }
  return path.getPointAtLength(0);
}
