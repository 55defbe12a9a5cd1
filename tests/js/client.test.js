import assert from "node:assert/strict";
import { test } from "node:test";

import { Client, RequestFailed } from "../../static/js/client.js";
import { Scope, isAbort } from "../../static/js/scope.js";

/** A server whose answers come when the test says so. */
function server() {
  const requests = [];
  const fetcher = (url, options = {}) =>
    new Promise((resolve, reject) => {
      options.signal?.addEventListener("abort", () => reject(options.signal.reason));
      const answer = (body, { status = 200, etag } = {}) => {
        const headers = { "Content-Type": "application/json", ...(etag ? { ETag: etag } : {}) };
        resolve(new Response(status === 304 ? null : JSON.stringify(body), { status, headers }));
      };
      requests.push({ url, options, answer, raw: resolve, fail: () => reject(new TypeError("no network")) });
    });
  return { requests, client: new Client({ base: "/api/v1", csrf: () => "token", fetcher }) };
}

const failure = async (promise) => promise.then(() => assert.fail("it did not fail"), (error) => error);

test("identical questions in flight are one request whose answer all share", async () => {
  const { requests, client } = server();
  const both = [client.get("/bans", { query: { jail: "sshd" } }), client.get("/bans", { query: { jail: "sshd" } })];
  assert.equal(requests.length, 1);
  assert.equal(requests[0].url, "/api/v1/bans?jail=sshd");
  requests[0].answer({ data: [1] });
  const [one, other] = await Promise.all(both);
  assert.equal(one.data, other.data);
});

test("an entry leaves when its answer is in", async () => {
  const { requests, client } = server();
  const first = client.get("/bans");
  requests[0].answer({});
  await first;
  client.get("/bans");
  assert.equal(requests.length, 2);
});

test("an entry leaves when its request failed", async () => {
  const { requests, client } = server();
  const first = client.get("/bans");
  requests[0].fail();
  assert.equal((await failure(first)).code, "unreachable");
  client.get("/bans");
  assert.equal(requests.length, 2);
});

test("one who leaves does not take the answer from the others", async () => {
  const { requests, client } = server();
  const scope = new Scope();
  const mine = client.get("/bans", { signal: scope.signal });
  const other = client.get("/bans");
  scope.leave();
  assert.ok(isAbort(await failure(mine)));
  assert.equal(requests[0].options.signal.aborted, false);
  requests[0].answer({ data: 7 });
  assert.deepEqual((await other).data, { data: 7 });
});

test("a request that nobody waits for is aborted, and asked anew by the next", async () => {
  const { requests, client } = server();
  const scope = new Scope();
  const mine = client.get("/bans", { signal: scope.signal });
  scope.leave();
  await failure(mine);
  assert.equal(requests[0].options.signal.aborted, true);
  client.get("/bans");
  assert.equal(requests.length, 2);
});

test("a change empties what it made stale, and nothing else", async () => {
  const { requests, client } = server();
  const old = client.get("/bans");
  client.get("/jails");
  const change = client.send("POST", "/bans", { body: { addresses: ["192.0.2.1"] }, stale: ["/bans", "/statistics"] });
  requests[2].answer({ count: 1 });
  await change;
  const fresh = client.get("/bans");
  client.get("/jails");
  assert.deepEqual(requests.map((request) => request.url), ["/api/v1/bans", "/api/v1/jails", "/api/v1/bans", "/api/v1/bans"]);
  requests[3].answer({ data: "new" });
  requests[0].answer({ data: "old" });
  assert.equal((await fresh).data.data, "new");
  assert.equal((await old).data.data, "old");
});

test("an older answer never overwrites a newer one", async () => {
  const { requests, client } = server();
  const older = client.get("/bans");
  client.forget(["/bans"]);
  const newer = client.get("/bans");
  requests[1].answer({ data: "new" }, { etag: '"2"' });
  await newer;
  requests[0].answer({ data: "old" }, { etag: '"1"' });
  await older;
  client.get("/bans");
  assert.equal(requests[2].options.headers["If-None-Match"], '"2"');
});

test("what has not changed is not read again", async () => {
  const { requests, client } = server();
  const first = client.get("/bans");
  requests[0].answer({ data: [1] }, { etag: '"1"' });
  await first;
  const second = client.get("/bans");
  assert.equal(requests[1].options.headers["If-None-Match"], '"1"');
  requests[1].answer(null, { status: 304 });
  assert.deepEqual(await second, { data: { data: [1] }, changed: false });
});

test("an error arrives in the one shape", async () => {
  const { requests, client } = server();
  const asked = client.get("/bans");
  requests[0].answer({ error_code: "cursor_invalid", message: "Start anew.", status: 400, details: { a: 1 } }, { status: 400 });
  const error = await failure(asked);
  assert.ok(error instanceof RequestFailed);
  assert.deepEqual([error.code, error.message, error.status, error.details], ["cursor_invalid", "Start anew.", 400, { a: 1 }]);
});

test("an answer that is no JSON is an error in the same shape", async () => {
  const { requests, client } = server();
  const asked = client.get("/bans");
  requests[0].raw(new Response("<h1>Bad gateway</h1>", { status: 502 }));
  const error = await failure(asked);
  assert.deepEqual([error.code, error.status], ["unreadable", 502]);
});

test("the token goes with changes only", async () => {
  const { requests, client } = server();
  client.get("/bans");
  client.send("DELETE", "/bans", { body: {} });
  assert.equal(requests[0].options.headers["X-CSRFToken"], undefined);
  assert.equal(requests[0].options.headers["Content-Type"], undefined);
  assert.equal(requests[1].options.headers["X-CSRFToken"], "token");
});

test("one who is led elsewhere is not signed in any more, and gets no strange page", async () => {
  globalThis.location ??= { href: "http://localhost/history/?jail=sshd" };
  const led = async (to) => {
    const { requests, client } = server();
    const page = client.page("/history/?jail=sshd");
    const answer = new Response("<h1>A page</h1>", { headers: { "Content-Type": "text/html" } });
    requests[0].raw(Object.defineProperties(answer, { redirected: { value: true }, url: { value: `http://localhost${to}` } }));
    return page;
  };
  assert.equal((await failure(led("/sign-in?next=/history/"))).status, 401);
  assert.equal(await led("/history/"), "<h1>A page</h1>");
});
