"""Signing in with everything real: a served BanGuard, a browser, and the browser's own virtual authenticator."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.db import connection
from playwright.sync_api import Browser, Page, expect

from banguard.accounts import services
from banguard.env import ROOT
from tests.outside.conftest import wait_until

PASSWORD = "four calm unrelated words"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@dataclass
class Served:
    """A gunicorn of our own over the tests' database."""

    url: str
    environment: dict[str, str]
    process: subprocess.Popen[bytes]

    def manage(self, *arguments: str) -> None:
        subprocess.run([sys.executable, ROOT / "manage.py", *arguments], env=self.environment, check=True)

    def start_anew(self) -> None:
        """New workers, which read the keys again; who is being answered is answered to the end."""
        self.process.send_signal(signal.SIGHUP)
        time.sleep(3)


def database_url() -> str:
    used = connection.settings_dict
    return re.sub(r"/[^/?]+(\?|$)", rf"/{used['NAME']}\1", os.environ["DATABASE_URL"])


@pytest.fixture(scope="module", autouse=True)
def _the_browser_is_driven_beside_the_database() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's loop runs in this thread, and asks nothing
        yield


@pytest.fixture
def served(transactional_db: None, tmp_path: Path) -> Iterator[Served]:
    (tmp_path / "secret-keys").write_text("the first key of all, long enough to be one")
    (tmp_path / "prometheus").mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BANGUARD_")}
    environment = kept | {
        "DATABASE_URL": database_url(),
        "BANGUARD_DATA_DIR": str(tmp_path),
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "prometheus"),
    }
    subprocess.run(
        [sys.executable, ROOT / "manage.py", "collectstatic", "--noinput", "-v0"], env=environment, check=True
    )
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "-c", "banguard/machine/gunicorn_conf.py", "-b", f"127.0.0.1:{port}"]
    process = subprocess.Popen(command, env=environment, cwd=ROOT)
    running = Served(f"http://localhost:{port}", environment, process)
    try:
        wait_until(lambda: answers(running.url), 30, "the web server")
        yield running
    finally:
        process.terminate()
        process.wait(30)


def answers(url: str) -> bool:
    try:
        return bool(urllib.request.urlopen(f"{url}/health/live", timeout=2).status == 200)  # noqa: S310 - our own
    except OSError:
        return False


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
    tab.get_by_label("Username").fill("anna")
    tab.get_by_label("Password", exact=True).fill(PASSWORD)
    tab.get_by_label("Password, again").fill(PASSWORD)
    tab.get_by_role("button", name="Start").click()
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
