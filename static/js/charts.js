// A chart that does not redraw for nothing: it keeps a fingerprint of its data and its look, and draws only when that
// changes. It follows the window and the theme without asking the server again.

/** @typedef {{ label: string, tone: string, values: number[] }} Series  tone: a token of banguard.css */
/** @typedef {{ labels: string[], series: Series[] }} Data */
/** @typedef {{ kind: "bar" | "line", stacked?: boolean }} Options */

/**
 * Short, and different whenever anything is: FNV-1a over the text of it.
 *
 * @param {unknown} anything
 */
export function fingerprint(anything) {
  const text = JSON.stringify(anything);
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return `${text.length}-${(hash >>> 0).toString(36)}`;
}

export class Drawing {
  #drawn = "";
  /** @type {any} */
  #chart;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {any} library Chart.js
   * @param {(token: string) => string} colour
   * @param {(value: number) => string} number
   */
  constructor(canvas, library, colour, number) {
    this.canvas = canvas;
    this.library = library;
    this.colour = colour;
    this.number = number;
  }

  /**
   * Whether it had to draw.
   *
   * @param {Data} data
   * @param {Options} options
   */
  show(data, options) {
    const look = ["ink-soft", "line", ...data.series.map((series) => series.tone)].map(this.colour);
    const print = fingerprint([data, options, look]);
    if (print === this.#drawn) return false;
    this.#drawn = print;
    const settings = this.#settings(data, options);
    if (!this.#chart) {
      this.#chart = new this.library(this.canvas, settings);
      return true;
    }
    Object.assign(this.#chart, { options: settings.options });
    Object.assign(this.#chart.data, settings.data);
    this.#chart.update("none");
    return true;
  }

  leave() {
    this.#chart?.destroy();
  }

  /**
   * @param {Data} data
   * @param {Options} options
   */
  #settings({ labels, series }, { kind, stacked = false }) {
    const [words, line] = ["ink-soft", "line"].map(this.colour);
    const datasets = series.map(({ label, tone, values }) => ({
      label,
      data: values,
      backgroundColor: this.colour(tone),
      borderColor: this.colour(tone),
      borderWidth: kind === "line" ? 1.5 : 0,
      pointRadius: 0,
      maxBarThickness: 40,
    }));
    const ticks = { color: words, maxRotation: 0, autoSkipPadding: 24 };
    const counts = { color: words, precision: 0, callback: (/** @type {number} */ value) => this.number(value) }; // there is no half a ban
    return {
      type: kind,
      data: { labels, datasets },
      options: {
        animation: false,
        normalized: true,
        responsive: true,
        maintainAspectRatio: false,
        interaction: { mode: "index", intersect: false },
        scales: {
          x: { stacked, ticks, grid: { display: false }, border: { color: line } },
          y: { stacked, beginAtZero: true, ticks: counts, grid: { color: line }, border: { display: false } },
        },
        plugins: {
          legend: { display: series.length > 1, labels: { color: words, boxWidth: 12, boxHeight: 12 } },
          tooltip: { callbacks: { label: (/** @type {any} */ at) => ` ${at.dataset.label}: ${this.number(at.raw)}` } },
        },
      },
    };
  }
}
