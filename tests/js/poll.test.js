import assert from "node:assert/strict";
import { test } from "node:test";

import { RequestFailed } from "../../static/js/client.js";
import { Freshness } from "../../static/js/freshness.js";
import { poll, wait } from "../../static/js/poll.js";
import { Scope } from "../../static/js/scope.js";

const network = new EventTarget();
const page = Object.assign(new EventTarget(), { hidden: false });

test("it asks until it is told to stop", async () => {
  let asked = 0;
  await poll({ scope: new Scope(), every: 1, page, network, ask: async () => (asked += 1) < 3 });
  assert.equal(asked, 3);
});

test("it waits while nobody looks and asks at once when they are back", async () => {
  const hidden = Object.assign(new EventTarget(), { hidden: true });
  let asked = 0;
  const polling = poll({ scope: new Scope(), every: 1, page: hidden, network, ask: async () => (asked += 1) < 1 });
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
  await assert.rejects(poll({ scope: new Scope(), every: 1, page, network, ask }), refused);
  const scope = new Scope();
  const polling = poll({ scope, every: 60_000, page, network, ask: async () => assert.fail("nobody is here") });
  scope.leave();
  await assert.rejects(polling, { name: "AbortError" });
});

test("it asks at once when the network is there again", async () => {
  let asked = 0;
  const polling = poll({ scope: new Scope(), every: 60_000, page, network, ask: async () => (asked += 1) < 1 });
  network.dispatchEvent(new Event("online"));
  await polling;
  assert.equal(asked, 1);
});

test("it tells since when nothing was answered, and when something is", async () => {
  const lost = new RequestFailed({ error_code: "unreachable", message: "", status: 0, details: {} });
  const heard = [];
  const told = { failed: (_, since, failures) => heard.push([since instanceof Date, failures]), well: () => heard.push("well") };
  let asked = 0;
  const ask = async () => {
    asked += 1;
    if (asked === 1) throw lost;
    return asked < 3;
  };
  await poll({ scope: new Scope(), every: 1, page, network, told, ask });
  assert.deepEqual(heard, [[true, 1], "well", "well"]);
});

test("a page is out of date since the oldest answer, once it failed three times", () => {
  const said = [];
  const freshness = new Freshness((since) => said.push(since && since.getTime()));
  const [bans, server] = [{}, {}];
  freshness.failed(bans, new Date(20), 2);
  freshness.failed(bans, new Date(20), 3);
  freshness.failed(server, new Date(10), 3);
  freshness.well(server);
  freshness.well(bans);
  freshness.well(bans);
  assert.deepEqual(said, [20, 10, 20, null]);
});
