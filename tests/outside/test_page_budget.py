"""What a page costs: bytes over the wire, the time to its largest part on a slow processor, and that nothing shifts."""

from __future__ import annotations

import os

from playwright.sync_api import BrowserContext

from tests.outside.served import Served

CHARTS = ("/chart.umd", "/svg-map.umd")
PAGES = ("/", "/history/", "/jails/", "/blocklists/")
BYTES = 200_000
LCP = 30_000 if os.environ.get("CI") else 10_000  # one second on a quiet machine; tests share theirs
WATCH = """() => new Promise((done) => {
  const seen = { lcp: 0, shift: 0, shifted: [] };
  const named = ({ node, previousRect, currentRect }) =>
    `${node?.nodeName}.${node?.className} ` + JSON.stringify([previousRect, currentRect]);
  new PerformanceObserver((list) => { for (const one of list.getEntries()) seen.lcp = one.startTime; })
    .observe({ type: "largest-contentful-paint", buffered: true });
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) { seen.shift += one.value; seen.shifted.push(...one.sources.map(named)); }
  })
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(seen), 1500);
})"""
SENT = """() => [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
  .map((one) => [one.name, one.transferSize])"""


def test_a_page_is_light_steady_and_soon_there(served: Served, session: BrowserContext) -> None:
    for page in PAGES:
        tab = session.new_page()
        tab.context.new_cdp_session(tab).send("Emulation.setCPUThrottlingRate", {"rate": 4})
        tab.goto(served.url + page, wait_until="load")
        seen, sent = tab.evaluate(WATCH), tab.evaluate(SENT)
        tab.close()
        bytes_sent = sum(size for name, size in sent if not any(part in name for part in CHARTS))
        print(f"{page}: {bytes_sent} bytes, LCP {seen['lcp']:.0f} ms, shift {seen['shift']:.4f}")  # noqa: T201 - for who reads
        assert bytes_sent < BYTES, page
        assert seen["shift"] < 0.01, (page, seen["shifted"])
        assert seen["lcp"] < LCP, page
