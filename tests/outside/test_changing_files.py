"""Changing the configuration with everything real: BanGuard, Fail2ban, and a browser that runs no script.

The tests of this file are one story and run in its order.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.outside.conftest import Running, become_the_first
from tests.waiting import wait_until

SCREENSHOTS = Path(os.environ.get("BANGUARD_SCREENSHOTS", "var/test/screenshots"))
OVERLAY = "jail.d/zz-banguard.local"
FILTER = "filter.d/banguard-demo.local"


@pytest.fixture(scope="module")
def tab(banguard: Running, browser: Browser) -> Iterator[Page]:
    """The first person, signed in. No script runs in this browser: every step has to do without."""
    context = browser.new_context(java_script_enabled=False, color_scheme="light")
    tab = context.new_page()
    tab.goto(wait_until(lambda: banguard.said(r"(http://\S+/setup/\S+/)"), 10, "no set-up link"))
    become_the_first(tab, "correct horse battery")
    expect(tab.get_by_role("heading", name="Dashboard")).to_be_visible()
    yield tab
    context.close()


def photographed(tab: Page, name: str) -> None:
    """At a desk and on a phone, by day and by night."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for scheme in ("light", "dark"):
        tab.emulate_media(color_scheme=scheme)
        for width in (1280, 390):
            tab.set_viewport_size({"width": width, "height": 900})
            tab.screenshot(path=SCREENSHOTS / f"{name}-{scheme}-{width}.png", full_page=True)
    tab.set_viewport_size({"width": 1280, "height": 900})


def check(tab: Page, banguard: Running, path: str, text: str) -> None:
    tab.goto(f"{banguard.url}/config/edit/{path}/")
    tab.get_by_label("The file").fill(text)
    tab.get_by_role("button", name="Check and preview").click()


def retries(banguard: Running) -> str:
    return banguard.fail2ban("get", "demo", "maxretry").strip()


def test_a_change_shows_both_diffs_and_is_live_once_applied(banguard: Running, tab: Page) -> None:
    check(tab, banguard, OVERLAY, "[demo]\nmaxretry = 7\n")
    expect(tab.get_by_text("+maxretry = 7", exact=True)).to_be_visible()
    expect(tab.get_by_text("+[demo] maxretry = 7")).to_be_visible()
    expect(tab.get_by_text("is loaded anew; its 0 bans stay.")).to_be_visible()
    photographed(tab, "change-preview")
    tab.get_by_label("Why").fill("People mistype.")
    tab.get_by_role("button", name="Apply").click()
    expect(tab.get_by_text("The change is live.")).to_be_visible()
    assert retries(banguard) == "7"
    photographed(tab, "change-applied")


def test_a_filter_broken_on_purpose_changes_nothing_and_says_where_and_why(banguard: Running, tab: Page) -> None:
    check(tab, banguard, FILTER, "[Definition]\n\nfailregex = ^(<HOST>$\n")
    expect(tab.get_by_text("This will not do, so nothing was changed.")).to_be_visible()
    expect(tab.get_by_text(f"{FILTER}:3")).to_be_visible()
    expect(tab.get_by_text(re.compile("missing \\), unterminated subpattern"))).to_be_visible()
    expect(tab.get_by_role("button", name="Apply")).to_have_count(0)
    photographed(tab, "change-refused")
    assert not (banguard.data / "fail2ban/config" / FILTER).exists()
    assert "demo" in banguard.fail2ban("status")
    tab.get_by_role("link", name="Edit again").click()
    expect(tab.get_by_label("The file")).to_have_value("[Definition]\n\nfailregex = ^(<HOST>$\n")
    photographed(tab, "change-editor")


def test_whoever_comes_second_sees_what_the_first_has_done(banguard: Running, tab: Page) -> None:
    tab.goto(f"{banguard.url}/config/edit/{OVERLAY}/")
    other = tab.context.new_page()
    check(other, banguard, OVERLAY, "[demo]\nmaxretry = 8\n")
    other.get_by_role("button", name="Apply").click()
    expect(other.get_by_text("The change is live.")).to_be_visible()
    other.close()
    tab.get_by_label("The file").fill("[demo]\nmaxretry = 9\n")
    tab.get_by_role("button", name="Check and preview").click()
    expect(tab.get_by_text("Somebody else has changed")).to_be_visible()
    expect(tab.get_by_text("+maxretry = 8", exact=True)).to_be_visible()
    expect(tab.get_by_label("The file")).to_have_value("[demo]\nmaxretry = 9\n")
    photographed(tab, "change-conflict")


def test_the_revision_before_is_brought_back(banguard: Running, tab: Page) -> None:
    tab.goto(f"{banguard.url}/config/revisions/?path={OVERLAY}")
    photographed(tab, "revisions")
    tab.get_by_role("link", name=OVERLAY).first.click()
    tab.get_by_role("button", name="Bring back what was before").click()
    expect(tab.get_by_text("+maxretry = 7", exact=True)).to_be_visible()
    tab.get_by_role("button", name="Apply").click()
    expect(tab.get_by_text("The change is live.")).to_be_visible()
    assert retries(banguard) == "7"
