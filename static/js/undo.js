// Takes a notice away once what it offers is no longer possible.

/** @type {NodeListOf<HTMLElement>} */
const notices = document.querySelectorAll("[data-gone-after]");

for (const notice of notices) {
  setTimeout(() => notice.remove(), Number(notice.dataset.goneAfter) * 1000);
}
