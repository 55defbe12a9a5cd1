"""Pages for who comes another way: without scripts, from right to left, on paper."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from banguard.history.models import Ban
from tests.outside.conftest import PASSWORD
from tests.outside.served import Served
from tests.outside.test_every_page import SIZES

PAGES = ("/", "/history/", "/jails/", "/jails/sshd/", "/config/", "/blocklists/", "/status/", "/audit/")
OUTSIDE = """() => [...document.querySelectorAll("main *")]
  .filter((one) => one.checkVisibility() && !one.closest("thead, svg, .visually-hidden, .table-frame"))
  .map((one) => [`${one.nodeName}.${one.className}`, one.getBoundingClientRect()])
  .filter(([, { left, right }]) => left < -1 || right > innerWidth + 1).map(([name]) => name).slice(0, 5)"""
BUTTONS = (".side", ".top", ".find form", ".btn", "main form", ".pager-links", "input", ".view-menu")


@pytest.fixture
def plain(session: BrowserContext, browser: Browser, served: Served) -> Iterator[Page]:
    """A browser that runs no scripts, in which anna has signed in."""
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(f"{served.url}/history/")
    tab.get_by_label("Username").fill("anna")
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Sign in", exact=True).click()
    expect(tab.get_by_role("heading", name="History")).to_be_visible()
    yield tab
    context.close()


def banned(served: Served, tab: Page) -> str:
    """An address that history knows, banned in sshd with the form."""
    address = str(Ban.objects.filter(jail="sshd", lifted_at=None).latest("expires_at").address).removesuffix("/32")
    tab.goto(f"{served.url}/history/ban/?address={address}")
    tab.get_by_label("Jail", exact=True).select_option("sshd")
    tab.get_by_role("button", name="Ban them").click()
    expect(tab.get_by_text("1 ban made.")).to_be_visible()
    return address


def test_without_scripts_an_address_is_banned_found_unbanned_and_banned_again(served: Served, plain: Page) -> None:
    address = banned(served, plain)
    plain.get_by_role("searchbox").first.fill(address)
    plain.get_by_role("searchbox").first.press("Enter")
    plain.locator("main tbody").get_by_role("link", name=address, exact=True).first.click()
    expect(plain.get_by_role("heading", name=address, exact=True)).to_be_visible()
    plain.get_by_role("link", name="Unban", exact=True).click()
    plain.get_by_role("button", name="Unban them").click()
    expect(plain.get_by_text("1 ban was lifted by you just now.")).to_be_visible()
    plain.get_by_role("button", name="Undo").click()
    expect(plain.get_by_text("Taken back: 1 ban.")).to_be_visible()


def test_without_scripts_a_jail_is_changed_once_it_was_seen_what_that_means(served: Served, plain: Page) -> None:
    plain.goto(f"{served.url}/jails/sshd/edit/")
    plain.get_by_label("Failures").fill("7")
    plain.get_by_role("button", name="Check and preview").click()
    expect(plain.get_by_label("The file, before and after")).to_contain_text("+maxretry = 7")
    plain.get_by_role("button", name="Apply").click()
    expect(plain.get_by_text("The change is live.")).to_be_visible()


def test_without_scripts_every_page_shows_its_data(served: Served, plain: Page) -> None:
    for page in PAGES:
        answer = plain.goto(served.url + page)
        assert answer is not None
        assert answer.status == 200, page
        assert plain.locator("main table tbody tr:visible, main a:visible").count() > 2, page


def test_without_scripts_the_charts_and_the_map_of_the_dashboard_are_tables(served: Served, plain: Page) -> None:
    plain.goto(f"{served.url}/")
    plain.locator("summary", has_text="The numbers as a table").first.click()
    expect(plain.get_by_role("table", name="Bans over time").locator("tbody tr").first).to_be_visible()
    expect(plain.get_by_role("link", name="China").first).to_be_visible()
    plain.get_by_role("link", name="30 days", exact=True).click()
    expect(plain).to_have_url(f"{served.url}/?range=30d")


@pytest.mark.parametrize("size", SIZES)
def test_from_right_to_left_nothing_leaves_the_page(
    served: Served, session: BrowserContext, browser: Browser, size: str
) -> None:
    context = browser.new_context(storage_state=session.storage_state(), viewport=SIZES[size])
    tab = context.new_page()
    for page in (*PAGES, "/account/tokens/"):
        tab.goto(served.url + page, wait_until="load")
        tab.evaluate("document.documentElement.dir = 'rtl'")
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth"), page
        assert tab.evaluate(OUTSIDE) == [], page
    if size == "desk":
        menu, main = (tab.locator(part).bounding_box() for part in (".side", "main"))
        assert menu
        assert main
        assert menu["x"] > main["x"]
    context.close()


def test_on_paper_there_is_the_data_and_the_exact_time_and_nothing_to_press(
    served: Served, session: BrowserContext
) -> None:
    tab = session.new_page()
    tab.emulate_media(media="print", color_scheme="dark")
    for page in ("/history/", "/status/"):
        tab.goto(served.url + page, wait_until="load")
        assert [one for one in BUTTONS if tab.locator(f"{one}:visible").count()] == [], page
        assert tab.locator("main tbody tr").first.is_visible()
        exact = "(time) => getComputedStyle(time, '::after').content"
        assert "UTC" in tab.locator("main time[title]").first.evaluate(exact), page
        for card in tab.locator(".card:has(.table)").all():
            assert card.evaluate("(card) => getComputedStyle(card).breakInside") == "auto", page
        assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)", page
