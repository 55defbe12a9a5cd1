"""Rows are selected and something is done with all of them: by the keyboard, and without scripts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from banguard.blocklists.models import Source
from banguard.servers.models import ProtectedNetwork
from tests.outside.served import Served
from tests.outside.test_every_page import AXE, SCREENSHOTS, THEMES, violations


@pytest.fixture
def rows(served: Served, session: BrowserContext) -> None:
    Source.objects.all().delete()
    ProtectedNetwork.objects.all().delete()
    for number in range(3):
        ProtectedNetwork.objects.create(network=f"203.0.113.{number}", note="ours", created_by="anna")
        Source.objects.create(name=f"feed {number}", url="https://lists.example/x.txt")


@pytest.fixture
def without_scripts(session: BrowserContext, browser: Browser) -> Iterator[Page]:
    context = browser.new_context(storage_state=session.storage_state(), java_script_enabled=False)
    yield context.new_page()
    context.close()


@pytest.mark.usefixtures("rows")
def test_by_the_keyboard(session: BrowserContext, served: Served) -> None:
    tab = session.new_page()
    tab.goto(f"{served.url}/blocklists/")
    bar = tab.get_by_role("form", name="Selected rows")
    expect(bar).to_be_hidden()
    tab.get_by_label("Select feed 0", exact=True).focus()
    tab.keyboard.press("Space")
    expect(bar).to_contain_text("1 selected")
    tab.get_by_label("Select all").focus()
    tab.keyboard.press("Space")
    expect(bar).to_contain_text("3 selected")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    tab.screenshot(path=SCREENSHOTS / "selection.png")
    tab.get_by_role("button", name="Disable them").focus()
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("heading", level=1)).to_have_text("Disable 3 feeds")
    tab.evaluate(AXE.read_text(encoding="utf-8"))
    for theme, rules in THEMES.items():
        tab.emulate_media(color_scheme=theme, reduced_motion="reduce")  # colours are looked at, not on their way
        tab.screenshot(path=SCREENSHOTS / f"selected-{theme}.png")
        assert violations(tab, rules) == []
    tab.get_by_role("button", name="Disable", exact=True).focus()
    tab.keyboard.press("Enter")
    expect(tab.get_by_text("3 feeds are disabled now.")).to_be_visible()
    assert not Source.objects.filter(enabled=True).exists()


@pytest.mark.usefixtures("rows")
def test_without_scripts(without_scripts: Page, served: Served) -> None:
    tab = without_scripts
    tab.goto(f"{served.url}/blocklists/protected/")
    for address in ("203.0.113.0", "203.0.113.2"):
        tab.get_by_label(f"Select {address}", exact=True).check()
    tab.get_by_role("button", name="Remove them").click()
    expect(tab.get_by_role("heading", level=1)).to_have_text("Remove 2 protected networks")
    expect(tab.get_by_label("What was selected")).to_contain_text("203.0.113.2")
    assert ProtectedNetwork.objects.count() == 3
    tab.get_by_role("button", name="Remove", exact=True).click()
    expect(tab.get_by_text("2 networks are no longer protected.")).to_be_visible()
    assert ProtectedNetwork.objects.count() == 1
    tab.get_by_role("button", name="Remove them").click()
    expect(tab.get_by_text("Nothing was selected that is there.")).to_be_visible()
