"""Somebody is added, chooses a password, and is deactivated: on a phone, by keyboard, without scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.outside.conftest import PASSWORD
from tests.outside.served import Served
from tests.outside.test_every_page import AXE, RULES, SCREENSHOTS, SIZES, violations

NEW = "five other calm unrelated words"


def press(tab: Page, name: str, role: str = "button") -> None:
    """As somebody without a mouse does."""
    found = tab.get_by_role(role, name=name, exact=True).last  # type: ignore[arg-type]
    found.focus()
    found.press("Enter")


def ask(tab: Page, name: str) -> None:
    """Open a button that asks first, and say yes."""
    tab.locator("summary", has_text=name).press("Enter")
    picture(tab, f"{name} {tab.viewport_size['width']}")  # type: ignore[index]
    assert not tab.evaluate("document.documentElement.scrollWidth > innerWidth"), name
    press(tab, name)


def picture(tab: Page, name: str) -> None:
    """Of what is only there on the way, and so not among all pages."""
    if tab.viewport_size == SIZES["desk"]:  # where scripts run
        tab.evaluate(AXE.read_text(encoding="utf-8"))
        assert violations(tab, RULES) == [], name
    tab.screenshot(path=SCREENSHOTS / f"people-{name.replace(' ', '-').lower()}.png", full_page=True)


@pytest.mark.parametrize(("size", "theme"), [("desk", "dark"), ("phone", "light")])
def test_a_person_comes_and_goes(
    served: Served, session: BrowserContext, browser: Browser, size: str, theme: str
) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    look = {"java_script_enabled": size == "desk", "viewport": SIZES[size], "color_scheme": theme}
    context = browser.new_context(storage_state=session.storage_state(), **look)  # type: ignore[arg-type]
    tab = context.new_page()
    tab.goto(f"{served.url}/people/")
    press(tab, "Add a person", "link")
    tab.get_by_label("Username").fill("nele")
    tab.get_by_label("Operator: also bans").check()
    press(tab, "Add them")
    expect(tab.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    tab.get_by_label("Password").fill(PASSWORD)
    press(tab, "Go on")
    link = tab.get_by_label("Link", exact=True).input_value()
    picture(tab, f"link {size}")

    stranger = browser.new_context(**look).new_page()  # type: ignore[arg-type]
    stranger.goto(link)
    stranger.get_by_label("Password", exact=True).fill(NEW)
    stranger.get_by_label("Password, again").fill(NEW)
    picture(stranger, f"welcome {size}")
    press(stranger, "Set the password")
    stranger.get_by_label("Username").fill("nele")
    stranger.get_by_label("Password", exact=True).fill(NEW)
    press(stranger, "Sign in")
    expect(stranger.get_by_text("BanGuard watches over Fail2ban")).to_be_visible()
    assert stranger.goto(f"{served.url}/people/").status == 403  # type: ignore[union-attr]

    press(tab, "I have copied it", "link")
    ask(tab, "End all")
    expect(tab.get_by_text("1 session ended.")).to_be_visible()
    ask(tab, "New password")
    press(tab, "I have copied it", "link")
    ask(tab, "Deactivate")
    expect(tab.get_by_text("nele is deactivated and signed out.")).to_be_visible()
    ask(tab, "Let in again")
    expect(tab.get_by_text("nele may sign in again.")).to_be_visible()
    stranger.goto(served.url)
    expect(stranger.get_by_role("heading", name="Sign in")).to_be_visible()
    stranger.context.close()
    context.close()
