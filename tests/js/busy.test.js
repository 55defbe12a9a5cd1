import assert from "node:assert/strict";
import { test } from "node:test";

import { busyForms, isBusy, whileBusy } from "../../static/js/busy.js";

/** A button as far as being busy goes. */
class Button {
  attributes = new Map();
  dataset = {};
  getAttribute = (name) => this.attributes.get(name) ?? null;
  setAttribute = (name, value) => this.attributes.set(name, value);
}

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

test("a second click begins nothing, also when the answer came at once", async () => {
  const button = new Button();
  let begun = 0;
  const work = async () => { begun += 1; };
  const first = whileBusy(button, work, 50);
  await pause(10);
  assert.ok(isBusy(button));
  await whileBusy(button, work, 50);
  assert.equal(begun, 1);
  await first;
  assert.ok(!isBusy(button));
  await whileBusy(button, work, 1);
  assert.equal(begun, 2);
});

test("what fails is over, too", async () => {
  const button = new Button();
  await assert.rejects(whileBusy(button, async () => { throw new Error("lost"); }, 1));
  assert.ok(!isBusy(button));
});

test("a form is sent once, and its button says what it does", () => {
  const page = new EventTarget();
  busyForms(page);
  const button = Object.assign(new Button(), { dataset: { busy: "Reloading …" }, textContent: "Reload" });
  const submit = () => page.dispatchEvent(Object.assign(new Event("submit", { cancelable: true }), { submitter: button }));
  assert.ok(submit());
  assert.equal(button.textContent, "Reloading …");
  assert.ok(!submit());
  const plain = Object.assign(new Button(), { textContent: "Save" });
  page.dispatchEvent(Object.assign(new Event("submit"), { submitter: plain }));
  assert.equal(plain.textContent, "Save");
});
