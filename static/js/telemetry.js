// How this page did in the browser: its web vitals, script errors, and failed or slow calls of the API. Sent when the
// page is left, and soon after an error. Nothing in it says who was here: names of pages, times and counts.
// @ts-check

const SLOW = 1000; // ms
const MOST = 20; // entries in one message, and messages of one page
const SOON = 2000; // ms

/** @typedef {{ name: string, value: number }} Vital  seconds, but for CLS */
/** @typedef {{ path: string, status: number, milliseconds: number }} Call */
/** @typedef {{ file: string, line: number }} Fault */

/** @type {{ vitals: Vital[], errors: Fault[], calls: Call[] }} */
const found = { vitals: [], errors: [], calls: [] };
let sent = 0;

/** @param {string} page @param {string} url */
function send(page, url) {
  if (sent >= MOST || found.vitals.length + found.errors.length + found.calls.length === 0) return;
  sent += 1;
  const body = JSON.stringify({ page, ...found });
  navigator.sendBeacon(url, new Blob([body], { type: "application/json" }));
  found.vitals = [];
  found.errors = [];
  found.calls = [];
}

/** @template T @param {T[]} list @param {T} entry */
function keep(list, entry) {
  if (list.length < MOST) list.push(entry);
}

/** @param {string} name @param {number} milliseconds */
function keepTime(name, milliseconds) {
  keep(found.vitals, { name, value: milliseconds / 1000 });
}

/** @param {string} address of the library, which sees what was painted before it came, too */
async function watchVitals(address) {
  let library;
  try {
    library = await import(address);
  } catch {
    return; // not installed, or kept away by a blocker: nothing is measured
  }
  for (const name of ["FCP", "LCP", "INP", "TTFB"]) {
    library[`on${name}`]((/** @type {{ value: number }} */ vital) => keepTime(name, vital.value));
  }
  library.onCLS((/** @type {{ value: number }} */ vital) => keep(found.vitals, { name: "CLS", value: vital.value }));
}

function watchLoad() {
  const loaded = () => {
    const [page] = performance.getEntriesByType("navigation");
    if (page instanceof PerformanceNavigationTiming) keepTime("load", page.loadEventEnd);
  };
  if (document.readyState === "complete") loaded();
  else addEventListener("load", () => setTimeout(loaded));
}

/** @param {string} api the address below which all operations lie */
function watchCalls(api) {
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (!(entry instanceof PerformanceResourceTiming) || entry.initiatorType !== "fetch") continue;
      const { origin, pathname } = new URL(entry.name);
      if (origin !== location.origin || !pathname.startsWith(api)) continue;
      if (entry.responseStatus < 400 && entry.duration < SLOW) continue;
      keep(found.calls, { path: pathname, status: entry.responseStatus, milliseconds: entry.duration });
    }
  }).observe({ type: "resource", buffered: true });
}

/** @param {() => void} sendSoon */
function watchErrors(sendSoon) {
  /** @param {string} file @param {number} line */
  const note = (file, line) => {
    const { origin, pathname } = new URL(file || location.href, location.href);
    keep(found.errors, { file: origin === location.origin ? pathname.slice(0, 200) : "elsewhere", line });
    sendSoon();
  };
  addEventListener("error", (event) => {
    if (event instanceof ErrorEvent) note(event.filename, event.lineno);
  });
  addEventListener("unhandledrejection", () => note("", 0));
}

/** @param {string} page @param {string} url @param {string} library */
function watch(page, url, library) {
  const now = () => send(page, url);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let planned;
  watchErrors(() => {
    planned ??= setTimeout(() => {
      planned = undefined;
      now();
    }, SOON);
  });
  watchVitals(library);
  watchLoad();
  watchCalls(url.slice(0, url.lastIndexOf("/") + 1));
  addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") now();
  });
  addEventListener("pagehide", now);
}

/** Begins to, on the share of pages that the server asks for. */
export function measure() {
  const about = document.querySelector("meta[name=telemetry]");
  if (about instanceof HTMLMetaElement && Math.random() < Number(about.dataset.share)) {
    watch(about.content, about.dataset.url ?? "", about.dataset.library ?? "");
  }
}
