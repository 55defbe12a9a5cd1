"""No page is wider than its window, whatever people and attackers call things."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect

from banguard.blocklists.models import Run, Source
from banguard.history.models import Ban
from banguard.servers import services as servers
from tests.outside.served import Served

LONG = "2a02:8109:9c40:5d8c:a1b2:c3d4:e5f6:7890"
LONG_NAME = "x" * 100
WIDTHS = (320, 390, 768, 1024, 1280)
OUTSIDE = """() => {
  const wide = document.documentElement.scrollWidth > innerWidth ? ["the page"] : [];
  const apart = (one) => {
    const words = document.createRange();
    words.selectNodeContents(one);
    return words.getClientRects().length > one.textContent.trim().split(/[\\s-]+/).length;
  };
  for (const one of document.querySelectorAll(".ranking .country > span:last-child")) {
    if (apart(one)) wide.push(one.textContent);
  }
  const beside = (one, frame) => one.getBoundingClientRect().right > frame.getBoundingClientRect().right + 1;
  for (const table of document.querySelectorAll(".table")) {
    const frame = table.closest(".table-frame");
    if (frame && getComputedStyle(frame).overflowX === "visible" && beside(table, frame)) wide.push("a table");
  }
  return wide;
}"""


@pytest.fixture
def tab(session: BrowserContext, browser: Browser, served: Served) -> Iterator[Page]:
    """Where a host with a long address is banned, and a feed has a long name."""
    now, server = timezone.now(), servers.local()
    given = {"origin": "jail", "jail": "nginx-http-auth", "country": "CD", "failures": 1_000}
    Ban.objects.create(server=server, address=LONG, banned_at=now, **given)
    source = Source.objects.create(name=LONG_NAME, url="https://lists.example/x.txt", schedule="")
    Run.objects.create(source=source, state="succeeded", started_at=now, finished_at=now)
    context = browser.new_context(storage_state=session.storage_state(), reduced_motion="reduce")
    yield context.new_page()
    context.close()


def looked_at(tab: Page, served: Served, pages: tuple[str, ...], width: int) -> list[str]:
    """What is wrong with these pages in a window as wide as that."""
    tab.set_viewport_size({"width": width, "height": 900})
    wrong: list[str] = []
    for page in pages:
        tab.goto(served.url + page, wait_until="load")
        if tab.locator("[data-panel=table]").count():
            tab.wait_for_timeout(250)  # whether the table fits is known by then
        wrong += [f"{width} {page}: {one} is too wide" for one in tab.evaluate(OUTSIDE)]
    return wrong


def test_no_page_is_wider_than_its_window(served: Served, tab: Page) -> None:
    pages = ("/", "/history/", f"/addresses/{LONG}/")
    wrong = [one for width in WIDTHS for one in looked_at(tab, served, pages, width)]
    feed = Source.objects.get(name=LONG_NAME)
    named = ("/blocklists/", f"/blocklists/sources/{feed.pk}/", "/status/", f"/find/?q={LONG_NAME}")
    wrong += [one for width in (390, 1280) for one in looked_at(tab, served, named, width)]
    tab.context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": "de", "url": served.url}])
    wrong += looked_at(tab, served, pages, 1280)
    assert wrong == []


HIDDEN_HEADS = """() => {
  const menu = document.querySelector(".scrolls > .view-menu").getBoundingClientRect();
  const under = (words) => words.right > menu.left && words.left < menu.right && words.bottom > menu.top;
  return [...document.querySelectorAll(".scrolls th")].filter((head) => {
    const words = document.createRange();
    words.selectNodeContents(head);
    return [...words.getClientRects()].some((one) => under(one) && one.top < menu.bottom);
  }).map((head) => head.textContent);
}"""


def test_the_head_of_a_table_that_scrolls_stays_in_sight_and_uncovered(served: Served, tab: Page) -> None:
    tab.set_viewport_size({"width": 1024, "height": 700})
    tab.goto(f"{served.url}/history/")
    frame = tab.locator(".table-box.scrolls > .table-frame")
    expect(frame).to_be_visible()
    assert tab.evaluate(HIDDEN_HEADS) == []
    frame.evaluate("one => one.scrollTo(40, 300)")
    assert tab.evaluate(HIDDEN_HEADS) == []
    head, whole = tab.locator("main thead th").nth(1).bounding_box(), frame.bounding_box()
    assert head
    assert whole
    assert abs(head["y"] - whole["y"]) <= 1
    assert whole["height"] <= 700 - 8 * 16 + 1


def test_the_head_of_a_table_stays_in_sight(served: Served, tab: Page) -> None:
    tab.set_viewport_size({"width": 1280, "height": 900})
    tab.goto(f"{served.url}/history/")
    expect(tab.locator(".table-box.fits")).to_be_visible()
    tab.evaluate("scrollTo(0, document.body.scrollHeight / 2)")
    head = tab.locator("main thead th").first.bounding_box()
    assert head
    assert head["y"] == 0


def test_on_a_phone_the_cards_begin_right_below_what_selects_all(served: Served, tab: Page) -> None:
    tab.set_viewport_size({"width": 390, "height": 844})
    tab.goto(f"{served.url}/history/")
    expect(tab.locator(".table-box.fits")).to_be_visible()
    head, row = tab.locator("main thead").bounding_box(), tab.locator("main tbody tr").first.bounding_box()
    assert head
    assert row
    assert abs(row["y"] - head["y"] - head["height"]) <= 2
