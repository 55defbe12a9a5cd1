// Tells at once what the server would refuse: an expression that is too long, or whose brackets do not close.

import { fill, gettext } from "./words.js";

/**
 * @param {string} line
 * @param {number} number
 * @param {number} longest
 */
function fault(line, number, longest) {
  if (line.length > longest) {
    const text = gettext("Line %(line)s has %(count)s characters, and may have %(most)s.");
    return fill(text, { line: number, count: line.length, most: longest });
  }
  let depth = 0;
  let inSet = false;
  for (let at = 0; at < line.length; at += 1) {
    const char = line[at];
    if (char === "\\") at += 1;
    else if (inSet) inSet = char !== "]";
    else if (char === "[") {
      inSet = true;
      if (line[at + 1] === "^") at += 1;
      if (line[at + 1] === "]") at += 1;
    } else if (char === "(") depth += 1;
    else if (char === ")") depth -= 1;
    if (depth < 0) return fill(gettext("Line %(line)s closes a bracket that was not opened."), { line: number });
  }
  if (inSet) return fill(gettext("Line %(line)s has a [ that is not closed."), { line: number });
  return depth > 0 ? fill(gettext("Line %(line)s has a bracket that is not closed."), { line: number }) : "";
}

/** @type {NodeListOf<HTMLTextAreaElement>} */
const areas = document.querySelectorAll("[data-expressions]");

for (const area of areas) {
  const longest = Number(area.dataset.expressions);
  area.addEventListener("input", () => {
    const faults = area.value.split("\n").map((line, at) => fault(line, at + 1, longest));
    area.setCustomValidity(faults.find(Boolean) ?? "");
    area.reportValidity();
  });
}
