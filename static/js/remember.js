// What a person chose on this device, kept in a cookie: the server writes it into the page (web/templatetags/ui.py,
// web/tables.py), so that even its first paint is right.

const A_YEAR = 31_536_000; // seconds

/**
 * @param {"look" | "exact" | `table_${string}`} name
 * @param {string} value  empty: as usual
 */
export function remember(name, value) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `banguard_${name}=${value}; Path=/; Max-Age=${value ? A_YEAR : 0}; SameSite=Lax${secure}`;
}
