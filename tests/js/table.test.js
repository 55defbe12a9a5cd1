import assert from "node:assert/strict";
import { test } from "node:test";

import { closing, told } from "../../static/js/panels/table.js";

/** A `details` as far as a menu needs one. */
class Menu extends EventTarget {
  open = true;
  focused = 0;
  contains(target) {
    return target === this;
  }
  querySelector() {
    return { focus: () => (this.focused += 1) };
  }
}

const key = (name) => Object.assign(new Event("keydown"), { key: name });

test("a choice is kept by the numbers of columns, wherever they stand", () => {
  const heads = [
    { cellIndex: 2, dataset: { column: "1" } },
    { cellIndex: 3, dataset: { column: "2" } },
  ];
  const classes = new Set(["table-box", "dense", "without-4"]);
  const element = { classList: { contains: (name) => classes.has(name) }, dataset: { table: "bans" } };
  assert.equal(told(element, heads), "dense.2");
  classes.clear();
  assert.equal(told(element, heads), "");
});

test("a menu closes by Escape, and gives the focus back", () => {
  const [menu, page] = [new Menu(), new EventTarget()];
  closing(menu, new AbortController().signal, page);
  menu.dispatchEvent(key("a"));
  assert.ok(menu.open);
  menu.dispatchEvent(key("Escape"));
  assert.deepEqual([menu.open, menu.focused], [false, 1]);
  menu.dispatchEvent(key("Escape"));
  assert.equal(menu.focused, 1);
});

test("a menu closes by a click outside, and not by one inside", () => {
  const [menu, page, left] = [new Menu(), new EventTarget(), new AbortController()];
  closing(menu, left.signal, page);
  const click = (target) => page.dispatchEvent(Object.defineProperty(new Event("click"), "target", { value: target }));
  click(menu);
  assert.ok(menu.open);
  click(page);
  assert.ok(!menu.open);
  menu.open = true;
  left.abort();
  click(page);
  assert.ok(menu.open);
});
