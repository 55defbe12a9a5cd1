// The bar of actions for selected rows (ui/selection.html). Without this module the boxes and buttons work as a form.

import { fill, ngettext } from "../words.js";

/** @import { Panel } from "../panels.js" */

/** @type {Panel} */
export function panel(element, { scope, locale }) {
  const form = element instanceof HTMLFormElement ? element : null;
  if (!form) return;
  const count = form.querySelector("[data-count]");
  const all = document.querySelector(`[data-all][form="${CSS.escape(form.id)}"]`); // in the head of the table
  const boxes = () =>
    [...form.elements].filter((box) => box instanceof HTMLInputElement && box.type === "checkbox" && box !== all);
  const chosen = () => /** @type {HTMLInputElement[]} */ (boxes()).filter((box) => box.checked);
  const show = () => {
    const [some, total] = [chosen().length, boxes().length];
    form.classList.toggle("selection-none", some === 0);
    if (count) count.textContent = fill(ngettext("%(count)s selected", "%(count)s selected", some), { count: locale.number(some) });
    if (!(all instanceof HTMLInputElement)) return;
    all.checked = some > 0 && some === total;
    all.indeterminate = some > 0 && some < total;
  };
  const change = (/** @type {Event} */ event) => {
    if (!(event.target instanceof HTMLInputElement) || event.target.form !== form) return;
    if (event.target === all) {
      for (const box of /** @type {HTMLInputElement[]} */ (boxes())) box.checked = event.target.checked;
    }
    show();
  };
  document.addEventListener("change", change, { signal: scope.signal });
  show();
}
