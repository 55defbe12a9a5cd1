"""What a page costs: bytes over the wire, the time to its largest part on a slow processor, and that nothing shifts.

``script/bench pages`` measures every page; here a few are kept from growing.
"""

from __future__ import annotations

import os

from playwright.sync_api import BrowserContext

from benchmarks.looking.browser import look
from benchmarks.pages import MOST
from tests.outside.served import Served

PAGES = ("/", "/history/", "/jails/", "/blocklists/")
LCP = 30_000 if os.environ.get("CI") else 10_000  # one second on a quiet machine; tests share theirs


def test_a_page_is_light_steady_and_soon_there(served: Served, session: BrowserContext) -> None:
    for page in PAGES:
        seen = look(session, served.url + page, settled_ms=1_500)
        assert seen.bytes < MOST["bytes"], page
        assert seen.shift < MOST["shift"], (page, seen.shifted)
        assert seen.lcp < LCP, page
