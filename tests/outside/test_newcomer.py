"""What a newcomer does in the first minutes, with everything real: the server, Fail2ban, PostgreSQL, a browser.

The tests of this file are one story and run in its order.
"""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.outside.conftest import Running, become_the_first, require
from tests.waiting import wait_until

LIST = """# a small list, with two neighbours, two ranges that must never be blocked, and both families
192.88.99.1
198.51.100.0/25
198.51.100.128/25
203.0.113.9 ; SBL1
10.0.0.0/8
2001:db8:77::/48
"""
ENFORCED = {"198.51.100.0/24", "203.0.113.9", "2001:db8:77::/48"}
SCREENSHOTS = Path(os.environ.get("BANGUARD_SCREENSHOTS", "var/test/screenshots"))


@pytest.fixture(scope="module")
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    """One person's browser, for the whole story."""
    context = browser.new_context(color_scheme="light")
    yield context
    context.close()


@pytest.fixture
def tab(visitor: BrowserContext, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A tab; a fault on the console fails the test, and what was seen last is kept as a picture."""
    tab, faults = visitor.new_page(), []
    tab.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: faults.append(str(error)))
    yield tab
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    tab.screenshot(path=SCREENSHOTS / f"{request.node.name}.png")
    tab.close()
    assert faults == []


def health(banguard: Running) -> dict[str, dict[str, object]]:
    with urllib.request.urlopen(f"{banguard.url}/health/ready", timeout=5) as answer:  # noqa: S310 - our own
        return dict(json.load(answer)["parts"])


def test_the_link_makes_the_first_account(banguard: Running, tab: Page) -> None:
    tab.goto(wait_until(lambda: banguard.said(r"(http://\S+/setup/\S+/)"), 10, "no set-up link"))
    become_the_first(tab, "correct horse battery")
    expect(tab.get_by_role("heading", name="Dashboard")).to_be_visible()
    expect(tab.get_by_text("Fail2ban is running")).to_be_visible()


def test_the_link_works_once(banguard: Running, browser: Browser) -> None:
    stranger = browser.new_page()
    answer = stranger.goto(str(banguard.said(r"(http://\S+/setup/\S+/)")))
    assert answer is not None
    assert answer.status == 404
    stranger.close()


def test_failed_logins_are_a_ban_within_three_seconds(banguard: Running, tab: Page) -> None:
    tab.goto(f"{banguard.url}/history/?jail=demo")
    begun = time.monotonic()
    banguard.fail_logins("203.0.113.7")
    while not tab.get_by_role("link", name="203.0.113.7").count():
        assert time.monotonic() < begun + 3, "not on the page within 3 s"
        tab.reload()
    assert "203.0.113.7" in banguard.fail2ban("status", "demo")


def test_a_feed_is_imported_and_enforced(banguard: Running, tab: Page, feeds: tuple[Path, str]) -> None:
    folder, address = feeds
    (folder / "list.txt").write_text(LIST)
    tab.goto(f"{banguard.url}/blocklists/")
    tab.get_by_role("link", name="Add a feed").click()
    tab.get_by_label("Name", exact=True).fill("A small list")
    tab.get_by_label("Address of the list").fill(f"{address}/list.txt")
    tab.get_by_role("button", name="Save", exact=True).click()
    tab.get_by_role("button", name="Import now").click()
    tab.get_by_role("link", name="Confirm that you are still there").click()
    tab.get_by_role("button", name="I am still here").click()
    expect(tab.get_by_text("stays enforced").first).to_be_visible()
    tab.goto(f"{banguard.url}/blocklists/sources/1/")
    expect(tab.get_by_text("succeeded").first).to_be_visible()
    assert set(banguard.fail2ban("get", "banguard-blocklist", "banip").split()) == ENFORCED


def test_its_bans_are_in_history(banguard: Running, tab: Page) -> None:
    tab.goto(f"{banguard.url}/history/?origin=blocklist")
    wait_until(lambda: tab.reload() and tab.get_by_role("link", name="198.51.100.0/24").count(), 5, "not in history")
    expect(tab.get_by_text("3 bans")).to_be_visible()


def test_importing_again_changes_nothing(banguard: Running, tab: Page) -> None:
    tab.goto(f"{banguard.url}/blocklists/")
    tab.get_by_role("button", name="Import now").click()
    source = f"{banguard.url}/blocklists/sources/1/"
    wait_until(lambda: tab.goto(source) and tab.get_by_text("unchanged").count(), 30, "not unchanged")


def test_removing_the_feed_lets_its_addresses_go(banguard: Running, tab: Page) -> None:
    tab.goto(f"{banguard.url}/blocklists/sources/1/")
    tab.get_by_text("Remove").first.click()
    tab.get_by_role("button", name="Remove").last.click()
    expect(tab.get_by_text("is gone")).to_be_visible()
    wait_until(lambda: not banguard.fail2ban("get", "banguard-blocklist", "banip").split(), 15, "still banned")


def test_all_goes_on_while_fail2ban_is_stopped_and_recovers(banguard: Running, tab: Page) -> None:
    banguard.fail2ban("stop")
    wait_until(lambda: not health(banguard)["fail2ban"]["ok"], 10, "nobody noticed")
    tab.goto(f"{banguard.url}/history/")
    expect(tab.get_by_text("Fail2ban cannot be reached").first).to_be_visible()
    expect(tab.get_by_role("link", name="203.0.113.7").first).to_be_visible()
    banguard.fail2ban("start")
    wait_until(lambda: health(banguard)["fail2ban"]["ok"], 15, "it did not recover")
    tab.reload()
    expect(tab.get_by_text("Fail2ban is running")).to_be_visible()


@pytest.mark.parametrize("page", ["/", "/history/", "/jails/", "/jails/demo/", "/blocklists/", "/history/ban/"])
def test_a_phone_in_the_dark_shows_every_page_whole(banguard: Running, visitor: BrowserContext, page: str) -> None:
    phone = visitor.browser
    assert phone is not None
    context = phone.new_context(
        storage_state=visitor.storage_state(),
        viewport={"width": 360, "height": 740},
        color_scheme="dark",
        java_script_enabled=False,
    )
    tab = context.new_page()
    tab.goto(banguard.url + page)
    expect(tab.get_by_role("heading", level=1)).to_be_visible()
    name = page.strip("/").replace("/", "-") or "dashboard"
    tab.screenshot(path=SCREENSHOTS / f"phone-dark-{name}.png", full_page=True)
    widest = tab.locator("html").bounding_box()
    assert widest is not None
    assert widest["width"] <= 360
    context.close()


@pytest.fixture
def ordinary(banguard: Running) -> str:
    """The user that web, worker and collector run as."""
    require(os.geteuid() == 0, "Root, the only one with power to drop,")
    if banguard.said("everything runs as root"):
        pytest.skip("this folder's permissions keep others out, so nothing could be dropped")
    users = {
        pwd.getpwuid(Path(f"/proc/{pid}").stat().st_uid).pw_name
        for name in ("gunicorn", "qcluster", "manage.py collect")
        for pid in subprocess.run(["pgrep", "-f", name], capture_output=True, text=True, check=False).stdout.split()
        if str(banguard.data) in Path(f"/proc/{pid}/environ").read_text()
    }
    assert len(users) == 1
    assert "root" not in users
    return users.pop()


def tried_by(user: str, *command: str) -> subprocess.CompletedProcess[str]:
    """As a process of that user's, without root's groups."""
    words = ["setpriv", f"--reuid={user}", f"--regid={pwd.getpwnam(user).pw_gid}", "--clear-groups", *command]
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=20)


def test_web_worker_and_collector_cannot_open_fail2bans_socket(banguard: Running, ordinary: str) -> None:
    probe = f"import socket; socket.socket(socket.AF_UNIX).connect({str(banguard.data / 'fail2ban/fail2ban.sock')!r})"
    assert "Permission denied" in tried_by(ordinary, "/usr/bin/python3", "-c", probe).stderr


def test_nor_read_its_database_nor_change_its_configuration(banguard: Running, ordinary: str) -> None:
    folder = banguard.data / "fail2ban"
    assert "Permission denied" in tried_by(ordinary, "cat", str(folder / "fail2ban.sqlite3")).stderr
    assert "Permission denied" in tried_by(ordinary, "touch", str(folder / "config/jail.d/zz-banguard.local")).stderr


def test_nor_change_the_firewall(ordinary: str) -> None:
    require(shutil.which("nft"), "nftables")
    said = tried_by(ordinary, "nft", "add", "table", "inet", "nobody_may")
    assert said.returncode != 0
    assert "not permitted" in said.stderr


def test_starting_it_twice_says_so(banguard: Running) -> None:
    settings = {"BANGUARD_DATA_DIR": str(banguard.data), "PATH": os.environ["PATH"]}
    again = subprocess.run(["script/server"], env=settings, capture_output=True, text=True, timeout=30, check=True)
    assert "running" in again.stdout
    assert str(banguard.port) in again.stdout
