"""From the catalogue to a list that blocks, and back: what a person sees in a browser, with everything real.

The tests of this file are one story and run in its order.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.outside.conftest import Running, become_the_first
from tests.waiting import wait_until

LIST = "".join(f"203.{high}.{low}.7\n" for high in range(1, 11) for low in range(0, 200, 2))  # 1,000 that do not join
ADDRESS = "203.7.8.7"
SLOW = "actionban = sleep 0.01"  # as a real firewall's, which is why there is a bar


@pytest.fixture(scope="module")
def tab(banguard: Running, browser: Browser) -> Iterator[Page]:
    """The first person's, signed in, where a ban takes its time."""
    action = banguard.data / "fail2ban/config/action.d/banguard-record.conf"
    action.write_text(action.read_text().replace("actionban =", SLOW))
    context = browser.new_context()
    context.set_default_timeout(60_000)
    tab = context.new_page()
    tab.goto(wait_until(lambda: banguard.said(r"(http://\S+/setup/\S+/)"), 60, "no set-up link"))
    become_the_first(tab)
    tab.get_by_role("button", name="Sign out").first.wait_for()
    yield tab
    context.close()


def banned(banguard: Running) -> list[str]:
    return banguard.fail2ban("get", "banguard-blocklist", "banip").split()


def test_a_feed_of_the_catalogue_is_previewed(banguard: Running, tab: Page, feeds: tuple[Path, str]) -> None:
    folder, address = feeds
    (folder / "all.txt").write_text(LIST)
    tab.goto(f"{banguard.url}/blocklists/catalogue/")
    tab.get_by_role("link", name="Pick blocklist.de, all").click()
    expect(tab.get_by_label("Address of the list")).to_have_value("https://lists.blocklist.de/lists/all.txt")
    tab.get_by_label("Address of the list").fill(f"{address}/all.txt")
    tab.get_by_label("What to do with its addresses").select_option("jail")
    tab.get_by_role("button", name="Save and preview").click()
    expect(tab.get_by_role("heading", name="What it would do")).to_be_visible(timeout=60_000)
    expect(tab.get_by_text("1,000").first).to_be_visible()


def test_its_import_is_seen_to_move(banguard: Running, tab: Page) -> None:
    tab.get_by_role("button", name="Enable and import").click()
    bar = tab.get_by_role("progressbar", name="Enforcing")
    shown = set[str | None]()
    wait_until(lambda: shown.add(bar.get_attribute("value")) or len(shown) > 3, 180, "the bar stands still")
    tab.get_by_role("link", name="Confirm that you are still there").click()
    tab.get_by_role("button", name="I am still here").click(timeout=180_000)
    expect(tab.get_by_text("It was confirmed, and stays enforced.")).to_be_visible()
    assert len(banned(banguard)) == 1_000


def test_an_address_is_looked_up(banguard: Running, tab: Page) -> None:
    tab.goto(f"{banguard.url}/blocklists/entries/")
    tab.get_by_role("textbox", name="Address or network").fill(ADDRESS)
    tab.get_by_role("button", name="Look up").click()
    expect(tab.get_by_role("link", name="blocklist.de, all")).to_be_visible()


def test_without_the_feed_its_addresses_go(banguard: Running, tab: Page) -> None:
    tab.get_by_role("link", name="blocklist.de, all").click()
    tab.locator("summary", has_text="Remove").click()
    tab.get_by_role("button", name="Remove").click()
    expect(tab.get_by_text("“blocklist.de, all” is gone")).to_be_visible()
    wait_until(lambda: not banned(banguard), 180, "still banned")
    tab.goto(f"{banguard.url}/blocklists/entries/?ip={ADDRESS}")
    expect(tab.get_by_text("No list holds it")).to_be_visible()
