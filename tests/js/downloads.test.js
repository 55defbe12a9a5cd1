import assert from "node:assert/strict";
import { test } from "node:test";

import { follow } from "../../static/js/downloads.js";
import { Scope } from "../../static/js/scope.js";

globalThis.addEventListener ??= () => {}; // "online" is never heard of
globalThis.location ??= new URL("http://127.0.0.1/history/");
globalThis.document ??= Object.assign(new EventTarget(), { hidden: false, querySelector: () => null });

/** What is said, and answers that come one after another. */
function played(answers) {
  const told = [];
  const asked = [];
  const going = { tell: (text, part) => told.push([text, part]), end: () => told.push("closed") };
  return {
    told,
    asked,
    given: {
      scope: new Scope(),
      every: 1,
      locale: { number: String },
      client: { get: async (at) => (asked.push(String(at)), { data: answers.shift() }) },
      notifications: { begin: () => going, say: (text, tone) => told.push([text, tone]) },
    },
  };
}

test("it says how far the file is, until it is there", async () => {
  const { given, told, asked } = played([
    { lines: 0, ended: false, stopped: false },
    { lines: 500, ended: false, stopped: false },
    { lines: 1001, ended: true, stopped: false },
  ]);
  await follow(given, "/downloads/?told=ab", 1000);
  assert.deepEqual(told.slice(0, 2), [["0 of 1000 rows sent", 0], ["500 of 1000 rows sent", 0.5]]);
  assert.deepEqual(told.slice(2), [["1000 of 1000 rows sent", 1.001], ["The file is there, whole.", "good"], "closed"]);
  assert.deepEqual(new Set(asked), new Set(["http://127.0.0.1/downloads/?told=ab"]));
});

test("of an unknown number it tells the rows, and says when they were cut off", async () => {
  const { given, told } = played([{ lines: 7, ended: false, stopped: true }]);
  await follow(given, "/downloads/?told=ab", null);
  assert.deepEqual(told, [["7 rows sent", null], ["The file was not sent to its end.", "warn"], "closed"]);
});

test("a page that is left says nothing any more", async () => {
  const { given, told } = played([]);
  given.client.get = (_, { signal }) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  const following = given.scope.run(() => follow(given, "/downloads/?told=ab", 5), (error) => told.push(error));
  await new Scope().pause(10);
  given.scope.leave();
  await following;
  assert.deepEqual(told.filter((one) => one !== "closed"), []);
});
