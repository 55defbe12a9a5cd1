// The one way in which pages ask the server. Identical questions in flight are one request; a change empties what it
// made stale; an older answer never overwrites a newer one; whatever goes wrong arrives as a RequestFailed.

import { aborted } from "./scope.js";
import { part } from "./compose.js";
import { gettext } from "./words.js";

/** @typedef {{ data: any, changed: boolean }} Answer  changed: false when the server said 304 */
/** @typedef {string | URL} Path  below the API, or any address of ours */
/** @typedef {{ signal?: AbortSignal, query?: Record<string, string | number | null | undefined>, accept?: string }} Asked */
/** @typedef {{ answer: Promise<Answer>, stop: AbortController, waiting: number }} Flight */
/** @typedef {{ etag: string, data: any, asked: number }} Kept */

const JSON_TYPE = "application/json";
const KEPT = 50; // answers; the oldest goes first

/** The one shape of everything that can go wrong: the server's own error, or that it could not be asked. */
export class RequestFailed extends Error {
  /** @param {{ error_code: string, message: string, status: number, details?: any }} told */
  constructor({ error_code, message, status, details = {} }) {
    super(message);
    this.code = error_code;
    this.status = status;
    this.details = details;
  }
}

export class Client {
  /** @type {Map<string, Flight>} */
  #flights = new Map();
  /** @type {Map<string, Kept>} */
  #kept = new Map();
  #asked = 0;

  /**
   * @param {object} options
   * @param {string} options.base every address begins with it: `/api/v1`, below the path prefix
   * @param {() => string} options.csrf
   * @param {typeof fetch} [options.fetcher]
   */
  constructor({ base, csrf, fetcher = (...given) => fetch(...given) }) {
    this.base = base;
    this.csrf = csrf;
    this.fetcher = fetcher;
  }

  /**
   * Asks. Whoever asks the same meanwhile shares the request, which is aborted when nobody waits for it any more.
   *
   * @param {Path} path
   * @param {Asked} [asked]
   * @returns {Promise<Answer>}
   */
  async get(path, { signal, query, accept = JSON_TYPE } = {}) {
    signal?.throwIfAborted();
    const url = this.#url(path, query);
    const flight = this.#flights.get(url) ?? this.#depart(url, accept);
    flight.waiting += 1;
    try {
      return await unlessAborted(flight.answer, signal);
    } finally {
      flight.waiting -= 1;
      if (flight.waiting === 0) this.#land(url, flight);
    }
  }

  /**
   * Changes something. What is kept or in flight below `stale` is forgotten: asked again, it is asked anew.
   *
   * @param {"POST" | "PUT" | "PATCH" | "DELETE"} method
   * @param {string} path
   * @param {{ body?: unknown, signal?: AbortSignal, stale?: string[] }} [options]
   */
  async send(method, path, { body, signal, stale = [path] } = {}) {
    /** @type {Record<string, string>} */
    const headers = { Accept: JSON_TYPE, "X-CSRFToken": this.csrf() };
    if (body !== undefined) headers["Content-Type"] = JSON_TYPE;
    const sent = body === undefined ? undefined : JSON.stringify(body);
    try {
      return await read(await this.#fetch(this.#url(path), { method, headers, body: sent, signal }));
    } finally {
      this.forget(stale); // also when it failed: the server may have done it and the answer been lost
    }
  }

  /** @param {string[]} paths */
  forget(paths) {
    for (const path of paths) {
      const start = this.#url(path);
      const below = (/** @type {string} */ url) => url.startsWith(start) && ["", "/", "?"].includes(url.charAt(start.length));
      for (const url of [...this.#kept.keys()].filter(below)) this.#kept.delete(url);
      for (const url of [...this.#flights.keys()].filter(below)) this.#flights.delete(url);
    }
  }

  /**
   * A whole page of ours, as text.
   *
   * @param {string} address
   * @param {AbortSignal} [signal]
   * @returns {Promise<string>}
   */
  async page(address, signal) {
    return (await this.get(new URL(address, location.href), { signal, accept: "text/html" })).data;
  }

  /**
   * @param {string} url
   * @param {string} accept
   */
  #depart(url, accept) {
    const stop = new AbortController();
    /** @type {Flight} */
    const flight = { answer: this.#ask(url, accept, stop.signal), stop, waiting: 0 };
    this.#flights.set(url, flight);
    this.#leaveWhenIn(url, flight);
    return flight;
  }

  /**
   * @param {string} url
   * @param {Flight} flight
   */
  async #leaveWhenIn(url, flight) {
    await Promise.allSettled([flight.answer]);
    if (this.#flights.get(url) === flight) this.#flights.delete(url);
  }

  /**
   * @param {string} url
   * @param {Flight} flight
   */
  #land(url, flight) {
    flight.stop.abort(aborted()); // does nothing to one whose answer is in
    if (this.#flights.get(url) === flight) this.#flights.delete(url);
  }

  /**
   * @param {string} url
   * @param {string} accept
   * @param {AbortSignal} signal
   * @returns {Promise<Answer>}
   */
  async #ask(url, accept, signal) {
    const asked = (this.#asked += 1);
    const kept = this.#kept.get(url);
    /** @type {Record<string, string>} */
    const headers = { Accept: accept };
    if (kept) headers["If-None-Match"] = kept.etag;
    const response = await this.#fetch(url, { headers, signal, cache: "no-store" });
    if (response.status === 304 && kept) return { data: kept.data, changed: false };
    if (response.redirected) refuseAnother(url, response.url);
    const data = await read(response);
    this.#keep(url, { etag: response.headers.get("ETag") ?? "", data, asked });
    return { data, changed: true };
  }

  /**
   * @param {string} url
   * @param {Kept} answer
   */
  #keep(url, answer) {
    const newer = (this.#kept.get(url)?.asked ?? 0) > answer.asked;
    if (!answer.etag || newer) return;
    this.#kept.delete(url);
    this.#kept.set(url, answer);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > KEPT && oldest !== undefined) this.#kept.delete(oldest);
  }

  /**
   * @param {string} url
   * @param {RequestInit} options
   */
  async #fetch(url, options) {
    try {
      return await this.fetcher(url, { credentials: "same-origin", ...options });
    } catch (error) {
      options.signal?.throwIfAborted();
      const message = gettext("BanGuard cannot be reached. Are you connected?");
      throw new RequestFailed({ error_code: "unreachable", message, status: 0, details: { cause: String(error) } });
    }
  }

  /**
   * @param {Path} path
   * @param {Asked["query"]} [query]
   */
  #url(path, query = {}) {
    if (path instanceof URL) return path.pathname + path.search;
    const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
    const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
    return `${this.base}${path}${text && `?${text}`}`;
  }
}

/**
 * One who is not signed in any more is led elsewhere, and what is there is not what was asked for.
 *
 * @param {string} asked
 * @param {string} led
 */
function refuseAnother(asked, led) {
  if (new URL(led).pathname === new URL(asked, led).pathname) return;
  throw new RequestFailed({ error_code: "unauthenticated", message: gettext("Your session has ended."), status: 401 });
}

/**
 * @param {Response} response
 * @returns {Promise<any>}
 */
async function read(response) {
  if (response.status === 204) return null;
  if (response.ok && response.headers.get("Content-Type")?.startsWith("text/html")) return response.text();
  let body;
  try {
    body = await response.json();
  } catch {
    body = { error_code: "unreadable", message: gettext("The answer cannot be read. Load the page again.") };
    throw new RequestFailed({ ...body, status: response.status });
  }
  if (!response.ok) throw new RequestFailed({ error_code: "unknown", message: "", ...body, status: response.status });
  return body;
}

/**
 * @template T
 * @param {Promise<T>} answer
 * @param {AbortSignal | undefined} signal
 * @returns {Promise<T>}
 */
async function unlessAborted(answer, signal) {
  if (!signal) return answer;
  const heard = new AbortController();
  /** @type {Promise<never>} */
  const left = new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true, signal: heard.signal });
  });
  try {
    const first = await Promise.race([answer, left]);
    signal.throwIfAborted();
    return first;
  } finally {
    heard.abort();
  }
}

export const client = part("client", { locale: "what it says of a failure is in the person's language" }, () => {
  const root = document.documentElement;
  const csrf = () => document.querySelector("input[name=csrfmiddlewaretoken]")?.getAttribute("value") ?? "";
  return new Client({ base: root.dataset.api ?? "/api/v1", csrf });
});
