// What one points at, or has the keyboard's focus on, in words: beside the pointer, and in a line that stays.

/** @import { Point } from "./view.js" */

const AWAY = 14; // pixels between the pointer and the words

/**
 * Where words of such a size stand in a frame: above the point and in its middle, or below it, never beside the frame.
 *
 * @param {Point} at
 * @param {{ width: number, height: number }} size
 * @param {number} width of the frame
 * @returns {Point}
 */
export function beside({ x, y }, size, width) {
  const above = y - AWAY - size.height;
  return {
    x: Math.round(Math.max(0, Math.min(x - size.width / 2, width - size.width))),
    y: Math.round(above >= 0 ? above : y + AWAY),
  };
}

/**
 * The words follow the pointer, so it never reaches them. The Escape key puts them away until one points at something
 * else; the line, which is no tip, stays.
 *
 * @param {HTMLElement} frame with a `data-tip` and a `data-told`
 * @param {AbortSignal} signal
 */
export function told(frame, signal) {
  const tip = frame.querySelector("[data-tip]");
  const line = frame.querySelector("[data-told]");
  /** @type {(Element | undefined)[]} */
  let [shown, unwanted] = [];
  const hide = () => {
    shown = undefined;
    if (tip instanceof HTMLElement) tip.hidden = true;
  };
  /**
   * @param {Element} link
   * @param {Point} at in the window
   */
  const say = (link, at) => {
    const words = link.getAttribute("aria-label") ?? "";
    if (line) line.textContent = words;
    if (link !== unwanted) unwanted = undefined;
    if (unwanted || !(tip instanceof HTMLElement)) return;
    shown = link;
    tip.hidden = false;
    tip.textContent = words;
    const { left, top, width } = frame.getBoundingClientRect();
    const { x, y } = beside({ x: at.x - left, y: at.y - top }, tip.getBoundingClientRect(), width);
    tip.style.translate = `${x}px ${y}px`;
  };
  const escape = (/** @type {KeyboardEvent} */ { key }) => {
    if (key !== "Escape" || !shown) return;
    unwanted = shown;
    hide();
  };
  document.addEventListener("keydown", escape, { signal });
  return { say, hide };
}
