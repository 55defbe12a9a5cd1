// Parts of a page that are drawn anew by the server, and only while nobody reads them.

/** @param {Element} element */
export function isRead(element) {
  return element.matches(":hover") || isHeld(element);
}

/**
 * Whether somebody does something with it, more than point at it.
 *
 * @param {Element} element
 */
export function isHeld(element) {
  const selection = document.getSelection();
  const selected = selection && !selection.isCollapsed && selection.containsNode(element, true);
  return element.matches(":active, :focus-within") || Boolean(selected) || Boolean(element.querySelector("details[open]"));
}

/**
 * Replaces each `[data-part]` of the page by the one of the same name in `html`; those for which `keep` says so stay.
 * Whether any stayed.
 *
 * @param {string} html a whole page of ours, already escaped by the server
 * @param {(part: Element) => boolean} keep
 */
export function swap(html, keep) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  let kept = false;
  for (const part of document.querySelectorAll("[data-part]")) {
    const other = fresh.querySelector(`[data-part="${CSS.escape(part.getAttribute("data-part") ?? "")}"]`);
    if (!other || other.outerHTML === shapeOf(part)) continue;
    if (keep(part)) kept = true;
    else replace(part, other);
  }
  return kept;
}

/** @type {WeakMap<Element, string>} */
const shapes = new WeakMap();

/** @param {Element} part as the server wrote it; panels may have changed it since */
const shapeOf = (part) => shapes.get(part) ?? "";

/**
 * @param {Element} part
 * @param {Element} other
 */
function replace(part, other) {
  const adopted = /** @type {Element} */ (document.importNode(other, true));
  shapes.set(adopted, other.outerHTML);
  part.replaceWith(adopted);
}
