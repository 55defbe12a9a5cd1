// Runs before the first paint: that scripts run at all, what look the person chose last, or nothing, which means the
// system's choice, and whether times are shown exactly.
(() => {
  document.documentElement.dataset.script = "";
  try {
    const look = localStorage.getItem("banguard-look");
    if (localStorage.getItem("banguard-exact")) document.documentElement.dataset.exact = "";
    if (look === "light" || look === "dark") document.documentElement.dataset.look = look;
  } catch {
    // Storage may be forbidden; what is usual is a good choice.
  }
})();
