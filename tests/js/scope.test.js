import assert from "node:assert/strict";
import { test } from "node:test";

import { Scope, isAbort } from "../../static/js/scope.js";

test("leaving a page leaves its panels, and not the other way round", () => {
  const page = new Scope();
  const [panel, other] = [new Scope(page), new Scope(page)];
  panel.leave();
  assert.deepEqual([page.left, panel.left, other.left], [false, true, false]);
  page.leave();
  assert.ok(other.left);
  assert.ok(new Scope(page).left);
});

test("asking again aborts the question before it", () => {
  const scope = new Scope();
  const [first, second] = [scope.newest("chart"), scope.newest("chart")];
  const another = scope.newest("map");
  assert.deepEqual([first.aborted, second.aborted, another.aborted], [true, false, false]);
});

test("being left is quiet, a fault is told", async () => {
  const scope = new Scope();
  const told = [];
  await scope.run(async () => { throw new Error("it broke"); }, (error) => told.push(error.message));
  const waiting = scope.run(async () => scope.pause(60_000), (error) => told.push(error));
  scope.leave();
  await waiting;
  await scope.run(async () => assert.fail("nobody is here"), (error) => told.push(error));
  assert.deepEqual(told, ["it broke"]);
});

test("a pause ends by itself or with its scope", async () => {
  const scope = new Scope();
  await scope.pause(1);
  const long = scope.pause(60_000);
  scope.leave();
  await assert.rejects(long, isAbort);
});
