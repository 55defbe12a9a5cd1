import assert from "node:assert/strict";
import { test } from "node:test";

/** As much of a browser in the dark as the theme asks for. */
function dark() {
  const probe = { style: {} };
  const page = Object.assign(new EventTarget(), { dataset: {} });
  Object.assign(globalThis, {
    document: { documentElement: page, body: { append() {} }, createElement: () => probe, querySelectorAll: () => [] },
    matchMedia: () => new EventTarget(),
    addEventListener: page.addEventListener.bind(page),
    getComputedStyle: ({ style }) => ({ color: `${style.colorScheme || "dark"} ${style.color}` }),
  });
  return page;
}

test("what is drawn gets light colours for paper and dark ones back, until nobody wants them", async () => {
  const page = dark();
  const { theme } = await import("../../static/js/theme.js");
  const { colour, onChange } = theme.start({});
  const chart = new AbortController();
  const drawn = [];
  onChange(() => drawn.push(colour("ink")), chart.signal);
  page.dispatchEvent(new Event("beforeprint"));
  page.dispatchEvent(new Event("afterprint"));
  assert.deepEqual(drawn, ["light var(--ink)", "dark var(--ink)"]);
  chart.abort();
  page.dispatchEvent(new Event("beforeprint"));
  assert.equal(drawn.length, 2);
});
