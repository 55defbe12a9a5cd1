// What part of the world one sees: closer and farther, dragged by a mouse or a finger, led by the keyboard.

/** @typedef {{ x: number, y: number, width: number, height: number }} Box */
/** @typedef {{ x: number, y: number }} Point */

const WORLD = { width: 2000, height: 1001 };
const CLOSER = 1.6; // times, for each press
const CLOSEST = 16;
const STILL = 3; // pixels that a hand moves without meaning to drag

export class View {
  #scale = 1;
  #middle = { x: WORLD.width / 2, y: WORLD.height / 2 };

  get zoomed() {
    return this.#scale > 1;
  }

  /** @returns {Box} never beyond the edges of the world */
  get box() {
    const [width, height] = [WORLD.width / this.#scale, WORLD.height / this.#scale];
    return { x: this.#middle.x - width / 2, y: this.#middle.y - height / 2, width, height };
  }

  /** @param {string} way "in", "out", or "reset" */
  zoom(way) {
    const scales = { in: this.#scale * CLOSER, out: this.#scale / CLOSER };
    const scale = way === "in" || way === "out" ? scales[way] : 1;
    this.#scale = Math.min(Math.max(scale, 1), CLOSEST);
    this.#look(this.#middle);
  }

  /**
   * @param {number} right a share of what is seen
   * @param {number} down
   */
  move(right, down) {
    const { width, height } = this.box;
    this.#look({ x: this.#middle.x - right * width, y: this.#middle.y - down * height });
  }

  /**
   * Brings what is not all there to the middle, and says whether it had to.
   *
   * @param {Box} wanted
   * @param {() => Point} middle asked for only when it is needed: it takes a while to find
   */
  reveal(wanted, middle) {
    const { x, y, width, height } = this.box;
    const across = wanted.x >= x && wanted.x + wanted.width <= x + width;
    if (across && wanted.y >= y && wanted.y + wanted.height <= y + height) return false;
    this.#look(middle());
    return true;
  }

  /** @param {Point} middle */
  #look({ x, y }) {
    const { width, height } = this.box;
    this.#middle.x = Math.min(Math.max(x, width / 2), WORLD.width - width / 2);
    this.#middle.y = Math.min(Math.max(y, height / 2), WORLD.height - height / 2);
  }
}

/**
 * Lets buttons and pointers change what is seen. A page that is not zoomed scrolls under a finger as any other does:
 * `data-zoomed` tells the styles whose the finger is.
 *
 * @param {HTMLElement} element
 * @param {SVGSVGElement} svg
 * @param {View} view
 */
export function follow(element, svg, view) {
  const look = () => {
    const { x, y, width, height } = view.box;
    svg.setAttribute("viewBox", `${x} ${y} ${width} ${height}`);
    svg.toggleAttribute("data-zoomed", view.zoomed);
  };
  for (const button of element.querySelectorAll("button[data-zoom]")) {
    if (!(button instanceof HTMLButtonElement)) continue;
    button.addEventListener("click", () => {
      view.zoom(button.dataset.zoom ?? "");
      look();
    });
  }
  drag(svg, (right, down) => {
    if (!view.zoomed) return false;
    view.move(right / svg.clientWidth, down / svg.clientHeight);
    look();
    return true;
  });
  return look;
}

/**
 * @param {SVGSVGElement} svg
 * @param {(right: number, down: number) => boolean} moved by so many pixels; whether it could be
 */
function drag(svg, moved) {
  let dragged = false;
  /** @type {Point | undefined} */
  let last;
  svg.addEventListener("pointerdown", ({ isPrimary, clientX, clientY }) => {
    if (!isPrimary) return; // a second finger zooms the page
    dragged = false;
    last = { x: clientX, y: clientY };
  });
  svg.addEventListener("pointermove", ({ isPrimary, buttons, clientX, clientY }) => {
    if (!isPrimary || buttons !== 1 || !last) return;
    const [right, down] = [clientX - last.x, clientY - last.y];
    if (!dragged && Math.hypot(right, down) < STILL) return;
    dragged = moved(right, down);
    last = { x: clientX, y: clientY };
  });
  svg.addEventListener("dragstart", (event) => event.preventDefault());
  const click = (/** @type {MouseEvent} */ event) => {
    if (dragged && event.detail > 0) event.preventDefault(); // the Enter key is no end of a drag
  };
  svg.addEventListener("click", click, { capture: true });
}
