// How long a request matters: to a page, to a panel, to the newest question of its kind. What is left is aborted.

/** @param {unknown} error */
export function isAbort(error) {
  return error instanceof DOMException && error.name === "AbortError";
}

/** What a promise says to whoever asked from a scope that was left. */
export function aborted() {
  return new DOMException("Nobody waits for this any more.", "AbortError");
}

export class Scope {
  #controller = new AbortController();
  /** @type {Map<string, AbortController>} */
  #asked = new Map();

  /** @param {Scope} [parent] leaving it leaves this one too */
  constructor(parent) {
    if (!parent) return;
    if (parent.left) this.leave();
    parent.signal.addEventListener("abort", () => this.leave(), { once: true, signal: this.signal });
  }

  get signal() {
    return this.#controller.signal;
  }

  get left() {
    return this.signal.aborted;
  }

  /** Aborts whatever was asked from here. */
  leave() {
    if (!this.left) this.#controller.abort(aborted());
  }

  /**
   * The signal of the newest question called `name`: asking again aborts the one before, so that an older answer
   * never overwrites a newer one.
   *
   * @param {string} name
   */
  newest(name) {
    this.#asked.get(name)?.abort(aborted());
    const asked = new AbortController();
    this.#asked.set(name, asked);
    return AbortSignal.any([this.signal, asked.signal]);
  }

  /**
   * Runs `work` and is quiet when it was aborted; anything else that it throws goes to `failed`.
   *
   * @param {(signal: AbortSignal) => Promise<void>} work
   * @param {(error: unknown) => void} failed
   * @param {string} [name] see `newest`
   */
  async run(work, failed, name) {
    const signal = name ? this.newest(name) : this.signal;
    try {
      signal.throwIfAborted();
      await work(signal);
    } catch (error) {
      if (!isAbort(error) && !this.left) failed(error);
    }
  }

  /**
   * Waits, unless the scope is left meanwhile.
   *
   * @param {number} milliseconds
   * @returns {Promise<void>}
   */
  async pause(milliseconds) {
    this.signal.throwIfAborted();
    const ended = new AbortController();
    await new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, milliseconds);
      this.signal.addEventListener("abort", () => reject(aborted()), { once: true, signal: ended.signal });
      ended.signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
    }).finally(() => ended.abort());
  }
}
