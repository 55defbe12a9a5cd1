"""A page that stays open: it follows the server's state, and says when it cannot or when the session has ended."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from banguard.blocklists.models import Run, Source
from banguard.servers.models import Status
from benchmarks.looking.browser import started
from tests.outside.served import Served

HALF_A_MINUTE = 30_000  # milliseconds, as the frame asks


@pytest.fixture
def tab(session: BrowserContext) -> Iterator[Page]:
    """A page whose clock goes as the test says."""
    tab = session.new_page()
    tab.clock.install()
    yield tab
    tab.close()


def opened(tab: Page, url: str) -> None:
    tab.goto(url)
    started(tab)
    tab.wait_for_load_state("networkidle")


def test_the_server_dying_is_seen_without_a_reload(served: Served, tab: Page) -> None:
    opened(tab, served.url)
    expect(tab.get_by_text("Fail2ban is running")).to_be_visible()
    Status.objects.update(up=False, reason="It was stopped.")
    tab.clock.run_for(HALF_A_MINUTE)
    expect(tab.locator(".server-down")).to_contain_text("It was stopped.")
    expect(tab.locator("[data-part=concerns]")).to_contain_text("It was stopped.")


def test_an_import_is_followed_where_it_is_listed(served: Served, tab: Page) -> None:
    run = Run.objects.create(source=Source.objects.earliest("id"), state="running", stage="parsing", stage_whole=120)
    opened(tab, f"{served.url}/blocklists/")
    expect(tab.get_by_text("0 %")).to_be_visible()
    Run.objects.filter(pk=run.pk).update(stage_done=30)
    tab.clock.run_for(2_000)
    expect(tab.get_by_text("25 %")).to_be_visible()
    Run.objects.filter(pk=run.pk).update(state="unchanged")
    tab.clock.run_for(2_000)
    expect(tab.locator("progress")).to_have_count(0)


def test_an_export_is_followed_to_its_end(served: Served, tab: Page) -> None:
    opened(tab, f"{served.url}/history/?jail=sshd")
    toasts, half_way = tab.locator("#toasts"), {"lines": 3, "ended": False, "stopped": False}
    tab.route("**/downloads/?told=*", lambda route: route.fulfill(json=half_way))
    with tab.expect_download() as begun:
        tab.get_by_role("link", name="Export as CSV").click()
    expect(toasts).to_contain_text("The file is being written")
    assert begun.value.suggested_filename == "banguard-history.csv"
    tab.clock.run_for(1_000)
    expect(toasts).to_contain_text(re.compile(r"3 of [\d,]+ rows sent"))
    tab.unroute("**/downloads/?told=*")
    tab.clock.run_for(1_000)
    expect(toasts).to_contain_text("The file is there, whole.")
    expect(toasts.locator("progress")).to_have_count(0)


def test_it_says_since_when_it_is_out_of_date_and_that_only_so_long(served: Served, tab: Page) -> None:
    opened(tab, f"{served.url}/history/")
    tab.context.set_offline(True)
    for _failure in range(4):
        tab.clock.run_for(HALF_A_MINUTE)
        tab.wait_for_timeout(200)
    expect(tab.get_by_text("Not up to date since")).to_be_visible()
    tab.context.set_offline(False)
    expect(tab.get_by_text("Not up to date since")).to_have_count(0)


def test_it_says_once_that_the_session_has_ended_and_leads_back(served: Served, tab: Page) -> None:
    opened(tab, f"{served.url}/history/?jail=sshd")
    tab.context.clear_cookies()
    for _time in range(2):
        tab.clock.run_for(HALF_A_MINUTE)
        tab.wait_for_timeout(200)
    expect(tab.get_by_text("Your session has ended.")).to_have_count(1)
    tab.get_by_role("link", name="Sign in again").click()
    tab.get_by_label("Username").fill("anna")
    tab.get_by_label("Password").fill("four calm unrelated words")
    tab.get_by_role("button", name="Sign in", exact=True).click()
    expect(tab).to_have_url(f"{served.url}/history/?jail=sshd")
