// `/` goes to the search box, from anywhere but a field.

export function shortcuts() {
  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof Element && event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || typing) return;
    const boxes = /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("[data-search]"));
    const seen = [...boxes].find((box) => box.checkVisibility());
    if (!seen) return;
    event.preventDefault();
    seen.focus();
    seen.select();
  });
}
