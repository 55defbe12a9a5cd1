"""Signing in with everything real: a served BanGuard, a browser, and the browser's own virtual authenticator."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Browser, Page, expect

from banguard.accounts import services
from tests.outside.conftest import become_the_first
from tests.outside.served import Served

PASSWORD = "four calm unrelated words"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    tab, faults = context.new_page(), []
    tab.on("pageerror", lambda error: faults.append(str(error)))
    tab.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    developer = context.new_cdp_session(tab)
    developer.send("WebAuthn.enable")
    developer.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    yield tab
    context.close()
    assert faults == []


def code(secret: str, *, ahead: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + ahead))


def sign_out(tab: Page) -> None:
    tab.get_by_role("button", name="Sign out").first.click()
    expect(tab.get_by_role("heading", name="Sign in")).to_be_visible()


def give_password(tab: Page) -> None:
    tab.get_by_label("Username").fill("anna")
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Sign in", exact=True).click()


def is_inside(tab: Page) -> None:
    expect(tab.get_by_role("button", name="Sign out").first).to_be_visible()


def set_up(tab: Page, served: Served) -> None:
    tab.goto(f"{served.url}/setup/{services.create_setup_link()}/")
    become_the_first(tab, PASSWORD)
    is_inside(tab)


def add_app(tab: Page, served: Served) -> str:
    tab.goto(f"{served.url}/account/security/")
    tab.get_by_role("link", name="Add an app").click()
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Go on").click()
    secret = tab.get_by_label("Secret").input_value()
    tab.get_by_label("Code").fill(code(secret))
    tab.get_by_role("button", name="Turn it on").click()
    expect(tab.get_by_role("heading", name="Recovery codes")).to_be_visible()
    return secret


def add_passkey(tab: Page, served: Served) -> None:
    tab.goto(f"{served.url}/account/security/passkeys/add/")
    tab.get_by_label("Name").fill("this laptop")
    tab.get_by_label("Passwordless").check()
    tab.get_by_role("button", name="Add it").click()
    expect(tab.get_by_text("1 on this account")).to_be_visible()


def uses_of_previous(tab: Page, served: Served) -> float:
    text = tab.request.get(f"{served.url}/metrics").text()
    found = re.search(r'banguard_secret_key_uses_total\{key="previous"\} ([\d.]+)', text)
    return float(found.group(1)) if found else 0.0


def test_every_way_in_works_and_a_new_key_signs_nobody_out(served: Served, tab: Page) -> None:
    set_up(tab, served)
    secret = add_app(tab, served)
    add_passkey(tab, served)

    sign_out(tab)
    give_password(tab)
    expect(tab.get_by_role("heading", name="One more step")).to_be_visible()
    tab.get_by_label("Code").fill(code(secret, ahead=1))
    tab.get_by_role("button", name="Sign in").click()
    is_inside(tab)

    sign_out(tab)
    tab.get_by_role("button", name="Sign in with a passkey").click()
    is_inside(tab)

    sign_out(tab)
    give_password(tab)
    tab.get_by_role("button", name="Use a passkey").click()
    is_inside(tab)

    served.manage("rotate_secret_key")
    served.start_anew()
    tab.goto(f"{served.url}/account/sessions/")
    is_inside(tab)
    expect(tab.get_by_text("this one")).to_be_visible()
    assert uses_of_previous(tab, served) >= 1

    served.manage("rotate_secret_key", "--drop-previous")
    served.start_anew()
    tab.reload()
    is_inside(tab)
