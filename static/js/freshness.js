// Whether what the page shows is still true: said beside the server's state when asking has failed for a while, and
// taken back when it works again.

import { fill, gettext } from "./words.js";

/** @typedef {(since: Date | null) => void} Tell */

const FAILURES = 3; // in a row, before one is told: a single one is mended before anybody has read of it

export class Freshness {
  /** @type {Map<object, Date>} */
  #behind = new Map();

  /** @param {Tell} tell  since when something is out of date, or null */
  constructor(tell) {
    this.tell = tell;
  }

  /**
   * @param {object} who asks
   * @param {Date} since when it was answered last
   * @param {number} failures since then
   */
  failed(who, since, failures) {
    if (failures < FAILURES) return;
    this.#behind.set(who, since);
    this.#say();
  }

  /** @param {object} who was answered, or asks no more */
  well(who) {
    if (this.#behind.delete(who)) this.#say();
  }

  #say() {
    const [oldest] = [...this.#behind.values()].sort((one, other) => one.getTime() - other.getTime());
    this.tell(oldest ?? null);
  }
}

export const freshness = new Freshness((since) => {
  const place = document.querySelector("[data-behind]");
  if (!place) return;
  const clock = new Intl.DateTimeFormat(document.documentElement.lang || "en", { timeStyle: "medium" });
  const words = since ? fill(gettext("Not up to date since %(time)s"), { time: clock.format(since) }) : "";
  if (place.textContent !== words) place.textContent = words; // a live region: the same words are not said twice
});
