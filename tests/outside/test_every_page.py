"""Every page, in both themes and two sizes: no violation of WCAG 2.2 AA, no fault, nobody else asked; and pictures."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from django.urls import Resolver404, resolve
from playwright.sync_api import Browser, Error, Page, ViewportSize

from banguard.accounts import services as accounts
from banguard.envtypes import ROOT
from benchmarks.looking.browser import started
from tests import test_doors as doors
from tests.outside import pictured, states
from tests.outside.conftest import become_the_first
from tests.outside.served import Served
from tests.outside.states import State

AXE = ROOT / "node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
THEMES: dict[Literal["light", "dark"], list[str]] = {"light": RULES, "dark": ["color-contrast"]}  # only colours differ
DRAWN = "[data-panel=chart], [data-panel=map]"
SCREENSHOTS = Path(os.environ.get("BANGUARD_SCREENSHOTS", "var/test/screenshots"))
SIZES: dict[str, ViewportSize] = {"desk": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}
WIDE_TABLES = """() => [...document.querySelectorAll(".table-frame")].some((one) =>
  getComputedStyle(one).overflowX === "visible" && one.scrollWidth > one.clientWidth)"""
NEVER_WHOLE = ":is(.tiles, .pairs, .grid-2, .table-frame > .table):not(:has(+ template))"  # as tables.css has it
ALL_OF_IT = "document.querySelectorAll('.far').forEach((card) => card.classList.remove('far'))"  # in a picture, too
AWAITED = "document.querySelector(document.querySelector('link[rel=expect]').getAttribute('href'))"
NO_PICTURE = {
    "/account/security/codes/download": "a file",
    "/account/sessions/1/end/": "takes what a form sends, and leads on",
    "/account/sessions/end/": "takes what a form sends, and leads on",
    "/audit/export": "a file",
    "/downloads/": "for a script",
    "/health/live": "for machines",
    "/health/ready": "for machines",
    "/history/export.jsonl": "a file",
    "/language/": "takes what a form sends, and leads on",
    "/metrics": "for machines",
    "/now/": "a part of the frame",
    "/sign-in/passkey/": "for a script",
    "/sign-out": "takes what a form sends, and leads on",
    "/welcome/x/": "opens once, for somebody new: tests/outside/test_people.py",
    "/words.js": "for scripts",
}
REFUSED = "Failed to load resource: the server responded with a status of"


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


def looked_at(tab: Page, name: str) -> list[str]:
    """What is wrong with a page of one size: seen in the light, then the lamp goes out."""
    faults = []
    tab.evaluate(ALL_OF_IT)
    for theme, rules in THEMES.items():
        tab.emulate_media(color_scheme=theme)
        if tab.locator(DRAWN).count():
            tab.wait_for_timeout(250)  # charts are drawn by then; if not, the picture lacks them
        tab.screenshot(path=SCREENSHOTS / f"{name}-{theme}.png", full_page=True)
        faults += violations(tab, rules)
    if tab.evaluate("document.documentElement.scrollWidth > innerWidth"):
        faults.append("it is wider than the screen")
    if tab.locator(NEVER_WHOLE).count():
        faults.append("something of it is never whole")
    if not tab.evaluate(f"{AWAITED} !== null"):
        faults.append("nothing of it is painted before all of it is there")
    if tab.evaluate(WIDE_TABLES):
        faults.append("a table is wider than its card")
    return faults


class Visitor:
    """One tab, in which page after page is looked at."""

    def __init__(self, served: Served, browser: Browser) -> None:
        self.url = served.url
        self.context = browser.new_context(reduced_motion="reduce")
        self.tab = self.context.new_page()
        self.faults = listen(self.tab, served)
        self.wrong: list[str] = []
        self.seen: set[str] = set()

    def look_at(self, states_of_pages: Iterable[State]) -> None:
        """Each in both sizes: opened anew for a phone, unless something was done on it first."""
        for state in states_of_pages:
            for size, viewport in SIZES.items():
                self.tab.set_viewport_size(viewport)
                try:
                    if state.act is None or size == "desk":
                        self._open(state)
                    self.faults += looked_at(self.tab, f"{state.name}-{size}")
                except Error as error:
                    self.faults.append(str(error))
                self.wrong += [f"{state.name}-{size} {fault}" for fault in self.faults]
                self.faults.clear()

    def _open(self, state: State) -> None:
        statuses: list[int] = []
        self.tab.on(
            "response", note := lambda got: statuses.append(got.status) if got.request.is_navigation_request() else None
        )
        self.tab.goto(self.url + state.address, wait_until="load")
        started(self.tab)
        if state.act:
            state.act(self.tab)
            started(self.tab)
        self.tab.remove_listener("response", note)
        if state.status != statuses[-1]:
            self.faults.append(f"answered {statuses[-1]}")
        self.tab.evaluate(AXE.read_text(encoding="utf-8"))
        self.seen.add(spelt_as_a_door(self.tab.url))


def spelt_as_a_door(url: str) -> str:
    """The address as ``test_doors`` writes it; of no page, empty."""
    try:
        route = resolve(urlsplit(url).path).route
    except Resolver404:
        return ""
    return "/" + re.sub(r"<\w+:\w+>", "x", re.sub(r"<int:\w+>", "1", route))


def as_opened() -> Iterator[State]:
    for address in pictured.pages().values():
        name = address.strip("/").partition("?")[0].replace("/", "-") or "dashboard"
        yield State(name, address, status=404 if "nothing" in address else 200)


def test_every_page_is_for_everybody(served: Served, guarded: None, browser: Browser) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    visitors = anna, stranger, viewer, hurried = [Visitor(served, browser) for _ in range(4)]
    anna.look_at(states.first_run(str(accounts.create_setup_link())))
    anna.tab.set_viewport_size(SIZES["desk"])
    become_the_first(anna.tab)
    anna.tab.get_by_role("button", name="Sign out").first.wait_for()
    anna.look_at(states.EMPTY)
    pictured.fill()
    anna.look_at(as_opened())
    anna.look_at(states.found(states.lay()))
    anna.look_at(states.REFUSED)
    with states.broken():
        anna.look_at(states.BROKEN)
    anna.look_at(states.SECURED)
    stranger.look_at(states.STRANGERS)
    viewer.look_at(states.VIEWERS)
    hurried.look_at(states.HURRIED)
    with states.without_database():
        viewer.look_at(states.WITHOUT_DATABASE)
    for visitor in visitors:
        visitor.context.close()
    assert [fault for visitor in visitors for fault in visitor.wrong] == []
    assert doors.pages() - set.union(*(one.seen for one in visitors)) - doors.POST_ONLY == set(NO_PICTURE)
