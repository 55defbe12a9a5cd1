// What a page is composed of, in an order that cannot be got wrong: each part says which others it needs before it,
// and why. A wrong order is an error when types are checked (script/check), and named when the page starts.

/** @import { Client } from "./client.js" */
/** @import { Locale } from "./locale.js" */
/** @import { Notifications } from "./notifications.js" */
/** @import { Panels } from "./panels.js" */
/** @import { Theme } from "./theme.js" */

/**
 * What each part gives to those after it.
 *
 * @typedef {object} Page
 * @property {Theme} theme
 * @property {Locale} locale
 * @property {Client} client
 * @property {Notifications} notifications
 * @property {Panels} panels
 */

/** @typedef {keyof Page} Name */

/**
 * @template {Name} N
 * @template {{ readonly [Other in Name]?: string }} Needs  part -> why it must come before
 * @typedef {object} Part
 * @property {N} name
 * @property {Needs} needs
 * @property {(page: Pick<Page, keyof Needs & Name>) => Page[N]} start
 */

/**
 * Nothing when all that a part needs is there; else a property nobody has, whose type is the fault in words.
 *
 * @template {Name} N
 * @template {{ readonly [Other in Name]?: string }} Needs
 * @template {Name} Has
 * @typedef {[Exclude<keyof Needs, Has>] extends [never] ? unknown : {
 *   wrongOrder: { [Other in Exclude<keyof Needs, Has> & Name]:
 *     `"${Other}" must come before "${N}": ${Needs[Other] & string}` }[Exclude<keyof Needs, Has> & Name]
 * }} Fits
 */

/** A part stands before one that it needs, or twice. */
export class WrongOrder extends Error {}

/**
 * Declares a part.
 *
 * @template {Name} N
 * @template {{ readonly [Other in Name]?: string }} const Needs
 * @param {N} name
 * @param {Needs} needs
 * @param {(page: Pick<Page, keyof Needs & Name>) => Page[N]} start
 * @returns {Part<N, Needs>}
 */
export function part(name, needs, start) {
  return { name, needs, start };
}

/** @template {Name} Has */
export class Composition {
  /** @param {Pick<Page, Has>} page */
  constructor(page) {
    this.page = page;
  }

  /**
   * Starts `next`, which may use what is there already.
   *
   * @template {Name} N
   * @template {{ readonly [Other in Name]?: string }} Needs
   * @param {Part<N, Needs> & Fits<N, Needs, Has>} next
   * @returns {Composition<Has | N>}
   */
  with(next) {
    const there = /** @type {Record<string, unknown>} */ (this.page);
    for (const [other, why] of Object.entries(next.needs)) {
      if (!(other in there)) throw new WrongOrder(`"${other}" must come before "${next.name}": ${why}`);
    }
    if (next.name in there) throw new WrongOrder(`"${next.name}" is there twice`);
    const given = next.start(/** @type {any} */ (this.page));
    return new Composition(/** @type {any} */ ({ ...this.page, [next.name]: given }));
  }
}

/** @returns {Composition<never>} */
export function compose() {
  return new Composition({});
}
