// Third-party scripts, fetched once and only where something needs them.

/** @type {Map<string, Promise<void>>} */
const fetched = new Map();

/**
 * @param {string} url of a script that defines a global
 * @returns {Promise<void>}
 */
export function library(url) {
  const known = fetched.get(url) ?? fetchScript(url);
  fetched.set(url, known);
  return known;
}

/** @param {string} url */
async function fetchScript(url) {
  const script = document.createElement("script");
  script.src = url;
  const loaded = new Promise((resolve, reject) => {
    script.addEventListener("load", resolve, { once: true });
    script.addEventListener("error", () => reject(new Error(`${url} did not load`)), { once: true });
  });
  document.head.append(script);
  await loaded;
}
