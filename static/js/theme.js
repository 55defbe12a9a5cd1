// The switch between light, dark and the system's choice. Without this module the system decides.
// @ts-check

const KEY = "banguard-look";
const NAMES = { system: "as the system", light: "light", dark: "dark" };
const LOOKS = /** @type {(keyof typeof NAMES)[]} */ (Object.keys(NAMES));

/** @returns {keyof typeof NAMES} */
function chosen() {
  const look = document.documentElement.dataset.look;
  return look === "light" || look === "dark" ? look : "system";
}

/** @param {keyof typeof NAMES} look */
function choose(look) {
  if (look === "system") delete document.documentElement.dataset.look;
  else document.documentElement.dataset.look = look;
  try {
    if (look === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, look);
  } catch {
    // Storage may be forbidden: the choice then holds for this page.
  }
}

/** @type {NodeListOf<HTMLButtonElement>} */
const switches = document.querySelectorAll("[data-theme-switch]");

function label() {
  for (const button of switches) {
    const name = button.querySelector("[data-theme-name]");
    if (name) name.textContent = NAMES[chosen()];
    button.hidden = false;
  }
}

for (const button of switches) {
  button.addEventListener("click", () => {
    choose(LOOKS[(LOOKS.indexOf(chosen()) + 1) % LOOKS.length]);
    label();
  });
}
label();
