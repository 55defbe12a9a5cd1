"""What a real browser on a slow processor sees of a page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from banguard.machine.errors import CannotGoOn

CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
SLOWER = 4  # times
CHARTS = ("/chart.umd", "/svg-map.umd")  # load only where a chart is, and count for themselves
SETTLED_MS = 1_000
WATCH = """(settled) => new Promise((done) => {
  const seen = { lcp: 0, shift: 0, shifted: [] };
  const named = ({ node, previousRect, currentRect }) =>
    `${node?.nodeName}.${node?.className} ` + JSON.stringify([previousRect, currentRect]);
  new PerformanceObserver((list) => { for (const one of list.getEntries()) seen.lcp = one.startTime; })
    .observe({ type: "largest-contentful-paint", buffered: true });
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) { seen.shift += one.value; seen.shifted.push(...one.sources.map(named)); }
  })
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(seen), settled);
})"""
SENT = """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
  .map((one) => [one.name, one.transferSize])"""


@dataclass(frozen=True)
class Seen:
    """``lcp`` in ms; ``bytes`` over the wire without the chart package; ``shift`` as CLS counts it, and by what."""

    lcp: float
    shift: float
    shifted: list[str]
    bytes: int


def chromium() -> str | None:
    """Where the distribution's browser is; None where it is not installed."""
    return next((path for path in CHROMIUM if Path(path).exists()), None)


@contextmanager
def browser() -> Iterator[Browser]:
    """Raises ``CannotGoOn`` where no Chromium is installed."""
    found = chromium()
    if not found:
        raise CannotGoOn("Chromium is not installed on this machine.")
    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=found, args=["--no-sandbox", "--no-first-run"])
        yield running
        running.close()


def first_visit(running: Browser, url: str, path: str, cookies: dict[str, str]) -> Seen:
    """Of somebody whose browser has nothing of ours yet but the session."""
    context = running.new_context(viewport={"width": 1280, "height": 900})
    context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies.items()])
    try:
        return _looked(context.new_page(), url + path)
    finally:
        context.close()


def started(tab: Page) -> None:
    """Waits until the scripts of a page listen, for they come after its first paint; a page may have none."""
    tab.locator("html[data-started], html:not(:has(script))").wait_for(state="attached")


def _looked(tab: Page, url: str) -> Seen:
    developer = tab.context.new_cdp_session(tab)
    developer.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    tab.goto(url, wait_until="load")
    started(tab)
    seen, sent = tab.evaluate(WATCH, SETTLED_MS), tab.evaluate(SENT)
    size = sum(size for name, size in sent if not any(part in name for part in CHARTS))
    return Seen(lcp=seen["lcp"], shift=seen["shift"], shifted=seen["shifted"], bytes=size)
