import assert from "node:assert/strict";
import { test } from "node:test";

import { Drawing, fingerprint } from "../../static/js/charts.js";
import { formats, relative } from "../../static/js/locale.js";
import { clock } from "../../static/js/panels/countdown.js";
import { bounds, step } from "../../static/js/panels/map.js";
import { fill, gettext, ngettext } from "../../static/js/words.js";

/** Chart.js as far as a drawing knows it. */
class Library {
  static drawn = 0;
  constructor(canvas, settings) {
    this.data = settings.data;
    Library.drawn += 1;
  }
  update() {
    Library.drawn += 1;
  }
}

test("a chart draws only when its data, its options or its colours change", () => {
  let ink = "black";
  const drawing = new Drawing({}, Library, () => ink, String);
  const data = { labels: ["a"], series: [{ label: "bans", tone: "accent", values: [1] }] };
  const same = structuredClone(data);
  assert.ok(drawing.show(data, { kind: "bar" }));
  assert.ok(!drawing.show(same, { kind: "bar" }));
  assert.ok(drawing.show(same, { kind: "line" }));
  same.series[0].values[0] = 2;
  assert.ok(drawing.show(same, { kind: "line" }));
  ink = "white";
  assert.ok(drawing.show(same, { kind: "line" }));
  assert.equal(Library.drawn, 4);
});

test("an axis of counts has no lines between two whole numbers", () => {
  const drawn = [];
  class Ticks {
    constructor(_, settings) {
      drawn.push(settings.options.scales.y.ticks);
    }
  }
  const drawing = new Drawing({}, Ticks, String, (count) => `${count}.`);
  drawing.show({ labels: ["a"], series: [{ label: "bans", tone: "accent", values: [0] }] }, { kind: "bar" });
  assert.equal(drawn[0].precision, 0);
  assert.equal(drawn[0].callback(3, 0, []), "3.");
});

test("a fingerprint of 5,000 points is taken within a few milliseconds", () => {
  const points = Array.from({ length: 5_000 }, (_, at) => at * 7);
  const begun = performance.now();
  assert.notEqual(fingerprint(points), fingerprint([...points, 1]));
  assert.ok(performance.now() - begun < 500);
});

test("a moment is said relative to now, as the server says it", () => {
  const now = new Date("2026-11-23T12:00:00Z");
  const said = (seconds) => relative(new Date(now.getTime() - seconds * 1000), now);
  assert.deepEqual([0, 40, 479, 93_600, -7_200].map(said), ["just now", "40 s ago", "7 min ago", "1 d ago", "in 2 h"]);
  assert.equal(said(30 * 86_400), "2026-10-24");
});

test("an exact moment is told in the person's zone and in UTC", () => {
  const { exact, number } = formats("en", "Asia/Tokyo");
  assert.equal(exact(new Date("2026-11-23T20:00:00Z")).replaceAll("\u202f", " "), "Nov 24, 2026, 5:00:00 AM (Asia/Tokyo)\nNov 23, 2026, 8:00:00 PM UTC");
  assert.equal(number(12345), "12,345");
});

test("what is left is told as a clock", () => {
  assert.deepEqual([0, 9, 60, 125].map(clock), ["0:00", "0:09", "1:00", "2:05"]);
});

test("the scale of the map goes by powers, and who has most has the strongest colour", () => {
  assert.deepEqual(bounds(1_000_000), [9, 99, 999, 9_999, 99_999, 1_000_000]);
  assert.deepEqual([0, 1, 9, 10, 1_000_000].map((value) => step(value, bounds(1_000_000))), [0, 1, 1, 2, 6]);
  assert.deepEqual([bounds(0), bounds(1), bounds(2)], [[], [1], [1, 2]]);
  assert.deepEqual([0, 1, 2].map((value) => step(value, bounds(2))), [0, 5, 6]);
});

test("every number is painted in the colour beside which the legend has it", () => {
  for (const most of [...Array.from({ length: 500 }, (_, at) => at + 1), 999, 4_095, 9_999, 46_656]) {
    const scale = bounds(most);
    const legend = scale.map((bound) => step(bound, scale));
    assert.deepEqual(legend, [1, 2, 3, 4, 5, 6].slice(6 - scale.length), `classes of ${most}`);
    for (let value = 1; value <= most; value += 1) {
      const said = scale.findIndex((bound, at) => value >= (scale[at - 1] ?? 0) + 1 && value <= bound);
      assert.equal(step(value, scale), legend[said], `${value} of ${most}`);
    }
  }
});

test("without a catalogue words are English", () => {
  assert.equal(gettext("just now"), "just now");
  assert.equal(fill(ngettext("%(count)s new ban", "%(count)s new bans", 2), { count: 2 }), "2 new bans");
});
