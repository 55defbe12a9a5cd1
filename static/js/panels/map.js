// Colours the world by the table inside the frame (ui/world.html). Each country is a link, so it is reached by
// keyboard and filters the page by a click; the shapes are svgMap's.

import { fingerprint } from "../charts.js";
import { library } from "../library.js";
import { fill, ngettext } from "../words.js";

/** @import { Panel } from "../panels.js" */

const SVG = "http://www.w3.org/2000/svg";
const STEPS = 6; // classes of the scale, besides "none"
const WORLD = { x: 0, y: 0, width: 2000, height: 1001 };

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
    zoom(element, svg);
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
  svg.replaceChildren(empty, links);
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
  for (const event of ["pointerenter", "focus"]) {
    link.addEventListener(event, () => {
      const told = link.closest("[data-panel]")?.querySelector("[data-told]");
      if (told) told.textContent = words;
    });
  }
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
 * @param {HTMLElement} element
 * @param {SVGSVGElement} svg
 */
function zoom(element, svg) {
  let [scale, x, y] = [1, WORLD.width / 2, WORLD.height / 2];
  const look = () => {
    const [width, height] = [WORLD.width / scale, WORLD.height / scale];
    x = Math.min(Math.max(x, width / 2), WORLD.width - width / 2);
    y = Math.min(Math.max(y, height / 2), WORLD.height - height / 2);
    svg.setAttribute("viewBox", `${x - width / 2} ${y - height / 2} ${width} ${height}`);
  };
  /** @type {Record<string, () => void>} */
  const moves = {
    in: () => void (scale = Math.min(scale * 1.6, 16)),
    out: () => void (scale = Math.max(scale / 1.6, 1)),
    reset: () => void (scale = 1),
  };
  for (const button of element.querySelectorAll("button[data-zoom]")) {
    if (!(button instanceof HTMLButtonElement)) continue;
    button.addEventListener("click", () => {
      moves[button.dataset.zoom ?? ""]?.();
      look();
    });
  }
  drag(svg, (right, down) => {
    x -= right * (WORLD.width / scale);
    y -= down * (WORLD.height / scale);
    look();
  });
}

/**
 * @param {SVGSVGElement} svg
 * @param {(right: number, down: number) => void} moved shares of what is shown
 */
function drag(svg, moved) {
  let dragged = false;
  svg.addEventListener("pointerdown", () => void (dragged = false));
  svg.addEventListener("pointermove", (event) => {
    if (event.buttons !== 1 || event.pointerType === "touch") return;
    dragged ||= Math.abs(event.movementX) + Math.abs(event.movementY) > 2;
    moved(event.movementX / svg.clientWidth, event.movementY / svg.clientHeight);
  });
  svg.addEventListener("dragstart", (event) => event.preventDefault());
  svg.addEventListener("click", (event) => dragged && event.preventDefault(), { capture: true });
}
