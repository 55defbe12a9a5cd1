// Tells at once what the server would refuse: an expression that is too long, or whose brackets do not close.

/**
 * @param {string} line
 * @param {number} longest
 */
function fault(line, longest) {
  if (line.length > longest) return `has ${line.length} characters, and may have ${longest}`;
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
    if (depth < 0) return "closes a bracket that was not opened";
  }
  if (inSet) return "has a [ that is not closed";
  return depth > 0 ? "has a bracket that is not closed" : "";
}

/** @type {NodeListOf<HTMLTextAreaElement>} */
const areas = document.querySelectorAll("[data-expressions]");

for (const area of areas) {
  const longest = Number(area.dataset.expressions);
  area.addEventListener("input", () => {
    const lines = area.value.split("\n");
    const at = lines.findIndex((line) => fault(line, longest));
    area.setCustomValidity(at < 0 ? "" : `Line ${at + 1} ${fault(lines[at] ?? "", longest)}.`);
    area.reportValidity();
  });
}
