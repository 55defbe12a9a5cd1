"""What a page costs: bytes over the wire, the time to its largest part on a slow processor, and that nothing shifts.

``script/bench pages`` measures every page; here a few are kept from growing.
"""

from __future__ import annotations

import os

from playwright.sync_api import Browser, BrowserContext

from benchmarks.looking.browser import first_visit
from benchmarks.pages import MOST
from tests.outside.served import Served

PAGES = ("/", "/history/", "/jails/", "/blocklists/", "/people/")
LCP = 30_000 if os.environ.get("CI") else 10_000  # one second on a quiet machine; tests share theirs


def test_a_page_is_light_steady_and_soon_there(served: Served, session: BrowserContext, browser: Browser) -> None:
    cookies = {one["name"]: one["value"] for one in session.cookies()}
    for page in PAGES:
        seen = first_visit(browser, served.url, page, cookies)
        assert seen.bytes < MOST["bytes"], page
        assert seen.shift < MOST["shift"], (page, seen.shifted)
        assert seen.lcp < LCP, page
