"""The map of the world, by touch and by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.outside.served import Served

WORLD = "0 0 2000 1001"
SEEN = """(link) => {
  const [country, map] = [link, link.ownerSVGElement].map((one) => one.getBoundingClientRect());
  const [x, y] = [country.x + country.width / 2, country.y + country.height / 2];
  return x > map.left && x < map.right && y > map.top && y < map.bottom && y > 0 && y < innerHeight;
}"""
PAINTED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))"


@pytest.fixture
def phone(served: Served, session: BrowserContext, browser: Browser) -> Iterator[Page]:
    """The dashboard on a phone, at its map."""
    state: Any = session.storage_state()
    context = browser.new_context(storage_state=state, viewport={"width": 390, "height": 844}, has_touch=True)
    tab = context.new_page()
    tab.goto(served.url)
    tab.locator("[data-world]").scroll_into_view_if_needed()
    tab.locator("[data-world] a").first.wait_for()
    yield tab
    context.close()


def seen(tab: Page) -> str:
    return tab.locator("[data-world]").get_attribute("viewBox") or ""


def swipe(tab: Page, right: int, down: int) -> None:
    """One finger over the middle of the map, as the browser gets it from a screen."""
    box = tab.locator("[data-world]").bounding_box()
    assert box
    at = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
    touch = tab.context.new_cdp_session(tab)
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": at[0], "y": at[1]}]})
    for part in range(1, 11):
        point = {"x": at[0] + right * part / 10, "y": at[1] + down * part / 10}
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_a_finger_scrolls_the_page_until_the_map_is_closer_and_then_moves_the_map(phone: Page) -> None:
    before = phone.evaluate("scrollY")
    swipe(phone, 0, -60)
    phone.wait_for_function("before => scrollY > before", arg=before)
    assert seen(phone) == WORLD
    phone.get_by_role("button", name="Closer").click()
    closer, stood, address = seen(phone), phone.evaluate("scrollY"), phone.url
    swipe(phone, -40, -60)
    assert seen(phone) != closer
    assert phone.evaluate("scrollY") == stood
    assert phone.url == address


def test_on_a_phone_no_button_lies_on_the_map(phone: Page) -> None:
    world, button = (one.bounding_box() for one in (phone.locator("[data-world]"), phone.locator("[data-zoom=in]")))
    assert world
    assert button
    assert button["y"] >= world["y"] + world["height"]


def test_a_country_that_the_keyboard_reaches_is_seen_and_told_until_escape(served: Served, session: Any) -> None:
    tab = session.new_page()
    tab.goto(served.url)
    tab.locator("[data-world] a").first.wait_for()
    for _ in range(5):
        tab.get_by_role("button", name="Closer").click()
    tab.get_by_role("button", name="Refresh").focus()
    first = tab.locator("[data-world] a").first
    while not first.evaluate("(link) => link === document.activeElement"):
        tab.keyboard.press("Tab")
    links = tab.locator("[data-world] a")
    tip = tab.locator("[data-tip]")
    for at in range(links.count()):
        focused = links.nth(at)
        expect(focused).to_be_focused()
        tab.evaluate(PAINTED)
        assert focused.evaluate(SEEN), focused.get_attribute("aria-label")
        expect(tip).to_have_text(focused.get_attribute("aria-label") or "")
        tab.keyboard.press("Tab")
    tab.keyboard.press("Shift+Tab")
    expect(tip).to_be_visible()
    tab.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    tab.close()
