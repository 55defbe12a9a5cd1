"""Every page, in both themes and two sizes: no violation of WCAG 2.2 AA, no fault, nobody else asked; and pictures."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page

from banguard.accounts import services as accounts
from banguard.agent import verbs
from banguard.blocklists.models import Run, Source
from banguard.envtypes import ROOT
from banguard.history.models import Ban
from banguard.servers import services as servers
from banguard.servers.models import Status
from tests import test_doors as doors
from tests.outside import sample
from tests.outside.served import Served

AXE = ROOT / "node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
THEMES: dict[Literal["light", "dark"], list[str]] = {"light": RULES, "dark": ["color-contrast"]}  # only colours differ
DRAWN = "[data-panel=chart], [data-panel=map]"
SCREENSHOTS = Path(os.environ.get("BANGUARD_SCREENSHOTS", "var/test/screenshots"))
SIZES = {"desk": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}
PASSWORD = "four calm unrelated words"
PLAIN = ("/sign-in", "/setup/nothing/", "/nothing/", "/find/?q=s")
WITHOUT_A_PAGE = ("/admin", "/export", "/undo", "/account/confirm/")
REFUSED = "Failed to load resource: the server responded with a status of"


def people_and_things() -> None:
    sample.fill()
    jails = tuple(
        verbs.JailState(
            name=name,
            failed_current=7,
            failed_total=400,
            banned_current=31,
            banned_total=912,
            ban_time=600,
            find_time=600,
            max_retries=5,
        )
        for name in sample.JAILS
    )
    server = servers.local()
    servers.record_up(server=server, status=verbs.Status(version="1.1.0", jails=jails))
    Status.objects.update(seen_at=timezone.now() + timedelta(days=1))  # as fresh as can be, all the time
    source = Source.objects.create(
        name="A list of attackers", url="https://lists.example/drop.txt", schedule="0 * * * *"
    )
    Run.objects.create(
        source=source,
        state="succeeded",
        entries_read=1406,
        entries_merged=1346,
        added=1346,
        enforced=1346,
        started_at=timezone.now(),
        finished_at=timezone.now(),
    )


def addresses() -> list[str]:
    """All that answers with a page, each with something on it that is there."""
    ids = {"/history/1/": f"/history/{Ban.objects.latest('pk').pk}/"}
    for source in Source.objects.all():
        ids["/sources/1/"] = f"/sources/{source.pk}/"
        ids["/runs/1/"] = f"/runs/{Run.objects.latest('pk').pk}/"
    found = [*PLAIN, *doors.PAGES, *doors.FOR_EVERYBODY]
    kept = [one for one in found if one not in doors.POST_ONLY and not any(part in one for part in WITHOUT_A_PAGE)]
    return [_with(ids, one.replace("/jails/x/", "/jails/sshd/")) for one in kept]


def _with(ids: dict[str, str], address: str) -> str:
    for given, real in ids.items():
        address = address.replace(given, real)
    return address


@pytest.fixture
def session(browser: Browser, served: Served) -> Iterator[BrowserContext]:
    """Somebody who may see everything, signed in."""
    people_and_things()
    context = browser.new_context()
    tab = context.new_page()
    tab.goto(f"{served.url}/setup/{accounts.create_setup_link()}/")
    tab.get_by_label("Username").fill("anna")
    tab.get_by_label("Password", exact=True).fill(PASSWORD)
    tab.get_by_label("Password, again").fill(PASSWORD)
    tab.get_by_role("button", name="Start").click()
    tab.get_by_role("button", name="Sign out").first.wait_for()
    yield context
    context.close()


def listen(tab: Page, served: Served) -> list[str]:
    """What goes wrong on a page from now on."""
    faults: list[str] = []
    tab.on(
        "console", lambda said: faults.append(said.text) if said.type == "error" and REFUSED not in said.text else None
    )
    tab.on("pageerror", lambda error: faults.append(str(error)))
    tab.on("request", lambda asked: None if asked.url.startswith((served.url, "data:")) else faults.append(asked.url))
    return faults


def violations(tab: Page, rules: list[str]) -> list[str]:
    found = tab.evaluate("rules => axe.run(document, { runOnly: rules }).then((told) => told.violations)", rules)
    return [
        f"{one['id']}: {node['html'][:160]} {node['failureSummary'][:200]}" for one in found for node in one["nodes"]
    ]


def looked_at(tab: Page, served: Served, address: str, name: str) -> list[str]:
    """What is wrong with one page of one size: seen in the light, then the lamp goes out."""
    faults = listen(tab, served)
    tab.goto(served.url + address, wait_until="load")
    tab.evaluate(AXE.read_text(encoding="utf-8"))
    for theme, rules in THEMES.items():
        tab.emulate_media(color_scheme=theme)
        if tab.locator(DRAWN).count():
            tab.wait_for_timeout(250)  # charts are drawn by then; if not, the picture lacks them
        tab.screenshot(path=SCREENSHOTS / f"{name}-{theme}.png", full_page=True)
        faults += violations(tab, rules)
    if tab.evaluate("document.documentElement.scrollWidth > innerWidth"):
        faults.append("it is wider than the screen")
    return [f"{name} {fault}" for fault in faults]


@pytest.mark.parametrize("size", SIZES)
def test_every_page_is_for_everybody(served: Served, session: BrowserContext, browser: Browser, size: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    wrong: list[str] = []
    state = session.storage_state()
    context = browser.new_context(storage_state=state, viewport=SIZES[size], reduced_motion="reduce")
    for address in addresses():
        tab = context.new_page()
        name = address.strip("/").partition("?")[0].replace("/", "-") or "dashboard"
        wrong += looked_at(tab, served, address, f"{name}-{size}")
        tab.close()
    context.close()
    assert wrong == []
