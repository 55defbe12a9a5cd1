import assert from "node:assert/strict";
import { test } from "node:test";

import { next, sorted, valueOf } from "../../static/js/panels/sort.js";

const { compare } = new Intl.Collator("en", { numeric: true });
const cell = (words, { number = false, time, ...dataset } = {}) => ({
  textContent: words,
  dataset,
  classList: { contains: (name) => number && name === "number" },
  querySelector: () => (time ? { dateTime: time } : null),
});

test("a cell is worth what the server says, a moment, a number in any language, or its words", () => {
  assert.equal(valueOf(cell("10 min", { value: "600" })), 600);
  assert.equal(valueOf(cell("for ever", { value: "Infinity" })), Infinity);
  assert.equal(valueOf(cell("2 h ago", { time: "2026-11-27T00:00:00+00:00" })), Date.UTC(2026, 10, 27));
  assert.deepEqual(["1,234", "1.234", " 12 % ", "0", "–"].map((words) => valueOf(cell(words, { number: true }))), [1234, 1234, 12, 0, null]);
  assert.deepEqual([" sshd ", "–", ""].map((words) => valueOf(cell(words))), ["sshd", null, null]);
});

test("rows are sorted both ways, those without a value last, and equal ones stay as they were", () => {
  const values = [2, null, Infinity, 1, Infinity];
  const rows = ["two", "none", "ever", "one", "ever too"];
  assert.deepEqual(sorted(rows, values, false, compare), ["one", "two", "ever", "ever too", "none"]);
  assert.deepEqual(sorted(rows, values, true, compare), ["ever", "ever too", "two", "one", "none"]);
  assert.deepEqual(sorted(rows, ["b10", "b9", "a", "c", "B"], false, compare)[0], "ever");
  assert.deepEqual(sorted([1, 2], ["b10", "b9"], false, compare), [2, 1]);
});

test("numbers and moments begin with the most, words with the first, and then each turns round", () => {
  assert.equal(next(null, [null, 3]), "descending");
  assert.equal(next(null, [null, "a"]), "ascending");
  assert.equal(next("descending", [3]), "ascending");
  assert.equal(next("ascending", ["a"]), "descending");
});
