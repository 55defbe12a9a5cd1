import assert from "node:assert/strict";
import { test } from "node:test";

import { beside } from "../../static/js/told.js";
import { View } from "../../static/js/view.js";

const WORLD = { x: 0, y: 0, width: 2000, height: 1001 };

function closer(times) {
  const view = new View();
  for (let time = 0; time < times; time += 1) view.zoom("in");
  return view;
}

test("the whole world is seen until somebody wants it closer, and never more than that", () => {
  const view = closer(0);
  view.move(0.5, 0.5);
  view.zoom("out");
  assert.deepEqual(view.box, WORLD);
  assert.ok(!view.zoomed);
  assert.equal(closer(1).box.width, 1250);
  assert.equal(closer(20).box.width, 125);
});

test("what is dragged stays within the world, and comes back as it was", () => {
  const view = closer(2);
  view.move(9, -9);
  assert.equal(view.box.x, 0);
  assert.equal(Math.round(view.box.y + view.box.height), 1001);
  view.zoom("reset");
  assert.deepEqual(view.box, WORLD);
});

test("a country that is not seen is brought to the middle, and one that is stays where it is", () => {
  const view = closer(4);
  const before = view.box;
  assert.ok(!view.reveal({ x: 990, y: 490, width: 20, height: 20 }, () => assert.fail("nobody asks for its middle")));
  assert.deepEqual(view.box, before);
  assert.ok(view.reveal({ x: 1500, y: 300, width: 20, height: 20 }, () => ({ x: 1510, y: 310 })));
  assert.equal(view.box.x + view.box.width / 2, 1510);
  assert.equal(view.box.y + view.box.height / 2, 310);
});

test("words stand above the pointer, below it where there is no room, and never beside the map", () => {
  const size = { width: 100, height: 20 };
  assert.deepEqual(beside({ x: 200, y: 100 }, size, 400), { x: 150, y: 66 });
  assert.deepEqual(beside({ x: 200, y: 10 }, size, 400), { x: 150, y: 24 });
  assert.deepEqual([0, 400].map((x) => beside({ x, y: 100 }, size, 400).x), [0, 300]);
});
