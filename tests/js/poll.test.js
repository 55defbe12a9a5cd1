import assert from "node:assert/strict";
import { test } from "node:test";

import { RequestFailed } from "../../static/js/client.js";
import { poll, wait } from "../../static/js/poll.js";
import { Scope } from "../../static/js/scope.js";

const page = Object.assign(new EventTarget(), { hidden: false });

test("it asks until it is told to stop", async () => {
  let asked = 0;
  await poll({ scope: new Scope(), every: 1, page, ask: async () => (asked += 1) < 3 });
  assert.equal(asked, 3);
});

test("it waits while nobody looks and asks at once when they are back", async () => {
  const hidden = Object.assign(new EventTarget(), { hidden: true });
  let asked = 0;
  const polling = poll({ scope: new Scope(), every: 1, page: hidden, ask: async () => (asked += 1) < 1 });
  await new Scope().pause(20);
  assert.equal(asked, 0);
  hidden.hidden = false;
  hidden.dispatchEvent(new Event("visibilitychange"));
  await polling;
  assert.equal(asked, 1);
});

test("it goes on after a failure, later and later, and not before it was told to come again", () => {
  const failed = new RequestFailed({ error_code: "unavailable", message: "", status: 503 });
  const limited = new RequestFailed({ error_code: "rate_limited", message: "", status: 429, details: { retry_after: 90 } });
  assert.deepEqual([1, 2, 3].map((failures) => wait(5_000, failures, failed)), [10_000, 20_000, 40_000]);
  assert.equal(wait(5_000, 30, failed), 60_000);
  assert.equal(wait(5_000, 1, limited), 90_000);
});

test("one who may not ask stops, and so does one who left", async () => {
  const refused = new RequestFailed({ error_code: "forbidden", message: "", status: 403 });
  const ask = async () => { throw refused; };
  await assert.rejects(poll({ scope: new Scope(), every: 1, page, ask }), refused);
  const scope = new Scope();
  const polling = poll({ scope, every: 60_000, page, ask: async () => assert.fail("nobody is here") });
  scope.leave();
  await assert.rejects(polling, { name: "AbortError" });
});
