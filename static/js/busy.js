// A button that rests, and says so, until what it began is done: a click meanwhile begins nothing else.

const SHORTEST = 400; // milliseconds; a flash is not seen, and a second click of the same hand comes sooner

/** @param {Element} button */
export function isBusy(button) {
  return button.getAttribute("aria-busy") === "true";
}

/**
 * @param {Element} button
 * @param {boolean} busy
 */
export function mark(button, busy) {
  button.setAttribute("aria-busy", String(busy));
  button.setAttribute("aria-disabled", String(busy)); // it keeps the focus, as one that is disabled would not
}

/**
 * Runs `work`, unless it runs already.
 *
 * @param {Element} button
 * @param {() => Promise<void>} work
 * @param {number} [shortest] milliseconds
 */
export async function whileBusy(button, work, shortest = SHORTEST) {
  if (isBusy(button)) return;
  mark(button, true);
  try {
    await Promise.all([work(), new Promise((done) => setTimeout(done, shortest))]);
  } finally {
    mark(button, false);
  }
}

/**
 * Forms whose button says in `data-busy` what it does until the next page is there, such as “Reloading …”.
 *
 * @param {EventTarget} page
 */
export function busyForms(page = document) {
  page.addEventListener("submit", (event) => {
    const button = /** @type {SubmitEvent} */ (event).submitter;
    if (!button || event.defaultPrevented || button.dataset.busy === undefined) return;
    if (isBusy(button)) return event.preventDefault();
    mark(button, true);
    button.textContent = button.dataset.busy;
  });
}
