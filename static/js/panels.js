// The parts of a page that a script makes better. An element with data-panel="chart" is given to panels/chart.js,
// which is fetched only where one stands. Each panel has a scope of its own, left when its element goes.

import { part } from "./compose.js";
import { Scope } from "./scope.js";

/** @import { Page } from "./compose.js" */

/** @typedef {Omit<Page, "panels"> & { scope: Scope }} Given */
/** @typedef {(element: HTMLElement, given: Given) => void} Panel */
/** @typedef {{ mount: (root: ParentNode) => void, page: Scope }} Panels */

/** @type {Record<string, () => Promise<{ panel: Panel }>>} */
const MODULES = {
  chart: () => import("./panels/chart.js"),
  countdown: () => import("./panels/countdown.js"),
  follow: () => import("./panels/follow.js"),
  live: () => import("./panels/live.js"),
  map: () => import("./panels/map.js"),
  selection: () => import("./panels/selection.js"),
  sort: () => import("./panels/sort.js"),
  table: () => import("./panels/table.js"),
};

const needs = /** @type {const} */ ({
  theme: "charts take their colours from it",
  locale: "panels write numbers and moments",
  client: "panels ask through it",
  notifications: "a panel tells there what it could not do",
});

export const panels = part("panels", needs, (given) => {
  const page = new Scope();
  /** @type {Map<Element, Scope>} */
  const mounted = new Map();

  /** @param {HTMLElement} element */
  const start = async (element) => {
    const scope = new Scope(page);
    mounted.set(element, scope);
    const load = MODULES[element.dataset.panel ?? ""];
    await scope.run(async (signal) => {
      if (!load) throw new Error(`There is no panel "${element.dataset.panel}"`);
      const { panel } = await load();
      signal.throwIfAborted();
      panel(element, { ...given, scope });
    }, given.notifications.failed);
  };

  /** @param {ParentNode} root */
  const mount = (root) => {
    for (const element of root.querySelectorAll("[data-panel]")) {
      if (element instanceof HTMLElement && !mounted.has(element)) start(element);
    }
  };

  const look = () => {
    for (const [element, scope] of mounted) {
      if (element.isConnected) continue;
      scope.leave();
      mounted.delete(element);
    }
    mount(document);
  };

  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
  addEventListener("pagehide", () => page.leave());
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload(); // brought back by the browser, with everything left behind
  });
  mount(document);
  return { mount, page };
});
