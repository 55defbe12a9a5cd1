"""Changing a jail with everything real: a browser, BanGuard as it is served, and a Fail2ban that takes it.

The tests of this file are one story and run in its order.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.outside.conftest import Running, become_the_first
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def visitor(browser: Browser, banguard: Running) -> Iterator[BrowserContext]:
    """Somebody who is signed in, with the first account."""
    context = browser.new_context()
    tab = context.new_page()
    tab.goto(wait_until(lambda: banguard.said(r"(http://\S+/setup/\S+/)"), 10, "no set-up link"))
    become_the_first(tab, "correct horse battery")
    expect(tab.get_by_role("heading", name="Dashboard")).to_be_visible()
    tab.close()
    yield context
    context.close()


@pytest.fixture
def tab(visitor: BrowserContext, banguard: Running) -> Iterator[Page]:
    """A tab on the demonstration's jail; a fault on the console fails the test."""
    tab, faults = visitor.new_page(), []
    tab.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: faults.append(str(error)))
    tab.goto(f"{banguard.url}/jails/demo/")
    yield tab
    tab.close()
    assert faults == []


def confirm(tab: Page, label: str) -> None:
    """Open what a button asks, and agree."""
    tab.locator("summary").get_by_text(label, exact=True).click()
    tab.get_by_role("button", name=label, exact=True).click()


def max_retries(banguard: Running) -> str:
    return banguard.fail2ban("get", "demo", "maxretry").strip()


def test_maxretry_is_raised_in_the_form_seen_in_both_diffs_and_live(banguard: Running, tab: Page) -> None:
    assert max_retries(banguard) == "5"
    tab.get_by_role("link", name="Change it").click()
    tab.get_by_label("Failures").fill("7")
    tab.get_by_role("button", name="Check and preview").click()
    expect(tab.get_by_label("The file, before and after")).to_contain_text("+maxretry = 7")
    expect(tab.get_by_label("The configuration in force, before and after")).to_contain_text("maxretry")
    assert max_retries(banguard) == "5"
    tab.get_by_role("button", name="Apply").click()
    expect(tab.get_by_text("The change is live.")).to_be_visible()
    assert max_retries(banguard) == "7"


def test_the_revision_before_it_is_restored(banguard: Running, tab: Page) -> None:
    tab.goto(f"{banguard.url}/config/revisions/?path=jail.d/zz-banguard.local")
    tab.get_by_role("link", name="jail.d/zz-banguard.local").first.click()
    tab.get_by_role("button", name="Bring back what was before").click()
    expect(tab.get_by_label("The file, before and after")).to_contain_text("-maxretry = 7")
    tab.get_by_role("button", name="Apply").click()
    expect(tab.get_by_text("The change is live.")).to_be_visible()
    assert max_retries(banguard) == "5"


def test_a_jail_is_stopped_once_it_was_said_what_that_means(banguard: Running, tab: Page) -> None:
    confirm(tab, "Stop")
    expect(tab.get_by_text("demo is stopped")).to_be_visible()
    assert "demo" not in banguard.fail2ban("status")
    confirm(tab, "Start")
    expect(tab.get_by_text("demo runs.")).to_be_visible()
    assert "demo" in banguard.fail2ban("status")


def test_a_ban_is_taken_back(banguard: Running, tab: Page) -> None:
    tab.get_by_label("Addresses or networks").fill("203.0.113.50 2001:db8:50::1")
    tab.get_by_role("button", name="Ban in it", exact=True).click()
    expect(tab.get_by_text("2 addresses were banned by you just now.")).to_be_visible()
    assert "203.0.113.50" in banguard.fail2ban("get", "demo", "banip")
    tab.get_by_role("button", name="Undo").click()
    expect(tab.get_by_text("Taken back: 2 bans.")).to_be_visible()
    assert "203.0.113.50" not in banguard.fail2ban("get", "demo", "banip")


def test_what_is_ignored_is_so_at_once_and_soon_in_the_files(banguard: Running, tab: Page) -> None:
    tab.get_by_role("link", name="Ignore an address").click()
    tab.get_by_label("Addresses or networks").fill("203.0.113.60")
    tab.get_by_label("Note").fill("our monitoring")
    tab.get_by_role("button", name="Ignore them").click()
    expect(tab.get_by_text("1 address more is ignored.")).to_be_visible()
    assert "203.0.113.60" in banguard.fail2ban("get", "demo", "ignoreip")
    overlay = banguard.data / "fail2ban/config/jail.d/zzz-banguard-ignored.local"
    wait_until(lambda: overlay.exists() and "203.0.113.60" in overlay.read_text(), 90, "the files do not say so")
    assert "203.0.113.60" in banguard.fail2ban("get", "demo", "ignoreip")


def test_the_end_of_a_log_is_shown_and_tried(banguard: Running, tab: Page) -> None:
    banguard.fail_logins("203.0.113.70", times=1)
    tab.get_by_role("link", name="Its logs").click()
    expect(tab.get_by_text("Failed login for root from 203.0.113.70")).to_be_visible()
    tab.get_by_role("link", name="Try its filter on them").click()
    tab.get_by_role("button", name="Try it").click()
    expect(tab.get_by_role("cell", name="203.0.113.70", exact=True).first).to_be_visible()
