// Takes a notice away once what it offers is no longer possible.

for (const notice of document.querySelectorAll("[data-gone-after]")) {
  setTimeout(() => notice.remove(), Number(notice.dataset.goneAfter) * 1000);
}
