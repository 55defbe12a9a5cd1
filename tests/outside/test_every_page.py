"""Every page, in both themes and two sizes: no violation of WCAG 2.2 AA, no fault, nobody else asked; and pictures."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from banguard.envtypes import ROOT
from benchmarks.looking.browser import started
from tests.outside import pictured
from tests.outside.served import Served

AXE = ROOT / "node_modules/axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
THEMES: dict[Literal["light", "dark"], list[str]] = {"light": RULES, "dark": ["color-contrast"]}  # only colours differ
DRAWN = "[data-panel=chart], [data-panel=map]"
SCREENSHOTS = Path(os.environ.get("BANGUARD_SCREENSHOTS", "var/test/screenshots"))
SIZES = {"desk": {"width": 1280, "height": 900}, "phone": {"width": 390, "height": 844}}
WIDE_TABLES = """() => [...document.querySelectorAll(".table-frame")].some((one) =>
  getComputedStyle(one).overflowX === "visible" && one.scrollWidth > one.clientWidth)"""
NEVER_WHOLE = ":is(.tiles, .pairs, .grid-2, .table-frame > .table):not(:has(+ template))"  # as tables.css has it
ALL_OF_IT = "document.querySelectorAll('.far').forEach((card) => card.classList.remove('far'))"  # in a picture, too
AWAITED = "document.querySelector(document.querySelector('link[rel=expect]').getAttribute('href'))"
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


def looked_at(tab: Page, served: Served, address: str, name: str) -> list[str]:
    """What is wrong with one page of one size: seen in the light, then the lamp goes out."""
    faults = listen(tab, served)
    tab.goto(served.url + address, wait_until="load")
    started(tab)
    tab.evaluate(AXE.read_text(encoding="utf-8"))
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
    return [f"{name} {fault}" for fault in faults]


@pytest.mark.parametrize("size", SIZES)
def test_every_page_is_for_everybody(served: Served, session: BrowserContext, browser: Browser, size: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    wrong: list[str] = []
    state = session.storage_state()
    context = browser.new_context(storage_state=state, viewport=SIZES[size], reduced_motion="reduce")
    for address in pictured.pages().values():
        tab = context.new_page()
        name = address.strip("/").partition("?")[0].replace("/", "-") or "dashboard"
        wrong += looked_at(tab, served, address, f"{name}-{size}")
        tab.close()
    context.close()
    stranger = browser.new_page(viewport=SIZES[size], reduced_motion="reduce")
    wrong += looked_at(stranger, served, "/sign-in", f"stranger-sign-in-{size}")
    assert wrong == []
