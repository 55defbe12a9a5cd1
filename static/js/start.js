// What a page runs once it is painted: nobody waits for scripts to see what the server has drawn.

/** @param {(done: () => void) => void} tell */
const once = (tell) => new Promise((done) => tell(() => done(undefined)));

/** A tab that nobody sees is not painted, and has no need to wait for it. */
const painted = once((done) => (document.hidden ? done() : requestAnimationFrame(() => setTimeout(done))));

const parsed = once((done) => {
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", done, { once: true });
  else done();
});

async function start() {
  await Promise.all([painted, parsed]);
  if (document.querySelector("meta[name=telemetry]")) {
    try {
      const { measure } = await import("./telemetry.js");
      measure(); // before the others begin, so that it learns of their errors
    } catch {
      // Kept away by a blocker: the page goes on without it.
    }
  }
  await import("./app.js");
}

start();
