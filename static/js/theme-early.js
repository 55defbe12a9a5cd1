// Runs before the first paint: that scripts run at all, and what the person chose last, or nothing, which means the
// system's choice.
(() => {
  document.documentElement.dataset.script = "";
  try {
    const look = localStorage.getItem("banguard-look");
    if (look === "light" || look === "dark") document.documentElement.dataset.look = look;
  } catch {
    // Storage may be forbidden; the system's choice is a good one.
  }
})();
