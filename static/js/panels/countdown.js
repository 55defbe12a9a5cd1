// The time that is left, second by second; the server said how much it was, by its own clock.

/** @import { Panel } from "../panels.js" */

/** @type {Panel} */
export function panel(element, { scope }) {
  const end = performance.now() + Number(element.dataset.seconds) * 1000;
  const tick = async () => {
    for (let left = end - performance.now(); left > 0; left = end - performance.now()) {
      element.textContent = clock(Math.ceil(left / 1000));
      await scope.pause(left % 1000 || 1000);
    }
    element.textContent = clock(0);
  };
  scope.run(tick, () => {});
}

/** @param {number} seconds */
export function clock(seconds) {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
