"""What scripts do on a real page: ask once, leave quietly, show new bans without moving what one reads."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from banguard.history.models import Ban
from banguard.servers import services as servers
from benchmarks.looking.browser import started
from tests.outside.served import Served
from tests.waiting import wait_until

DRAWING = """async (url) => {
  const { Drawing } = await import(url);
  const canvas = document.createElement("canvas");
  document.querySelector(".chart-canvas").append(canvas);
  const labels = Array.from({ length: 5000 }, (_, at) => String(at));
  const values = labels.map((_, at) => at % 97);
  const drawing = new Drawing(canvas, window.Chart, () => "#0b6285", String);
  const took = [];
  for (let time = 0; time < 5; time += 1) {
    values[0] = time;
    const begun = performance.now();
    drawing.show({ labels, series: [{ label: "bans", tone: "accent", values }] }, { kind: "line" });
    took.push(performance.now() - begun);
  }
  return Math.min(...took);
}"""


@pytest.fixture
def tab(served: Served, session) -> Iterator[Page]:  # type: ignore[no-untyped-def]
    """The dashboard; a fault on the console fails the test."""
    tab, faults = session.new_page(), []
    tab.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    tab.on("pageerror", lambda error: faults.append(str(error)))
    tab.goto(served.url)
    started(tab)
    expect(tab.get_by_role("button", name="Refresh")).to_be_visible()
    yield tab
    tab.close()
    assert faults == []


def ban(address: str) -> None:
    Ban.objects.create(server=servers.local(), jail="sshd", address=address, origin="jail", banned_at=timezone.now())


def test_two_quick_clicks_ask_once_and_leaving_in_the_middle_changes_nothing(served: Served, tab: Page) -> None:
    asked: list[Route] = []
    tab.route(f"{served.url}/", lambda route: asked.append(route))  # noqa: PLW0108 - Playwright takes functions alone
    refresh = tab.get_by_role("button", name="Refresh")
    refresh.click()
    refresh.click(force=True)  # it says that it is busy, for which a patient hand would wait
    tab.wait_for_timeout(300)
    refresh.click(force=True)
    expect(refresh).to_have_attribute("aria-busy", "true")
    assert len(asked) == 1
    tab.goto(f"{served.url}/history/")
    expect(tab.get_by_role("heading", name="History")).to_be_visible()
    asked[0].abort()
    tab.wait_for_timeout(300)
    assert tab.url.endswith("/history/")
    assert tab.locator("#toasts").inner_text() == ""


def test_new_bans_come_by_themselves_but_not_where_one_reads(tab: Page) -> None:
    ban("198.51.100.7")
    expect(tab.get_by_role("link", name="198.51.100.7").first).to_be_visible()
    tab.locator("[data-part=newest] tr").nth(2).hover()
    ban("198.51.100.8")
    expect(tab.get_by_role("button", name="1 new ban")).to_be_visible()
    assert tab.get_by_role("link", name="198.51.100.8").count() == 0
    tab.get_by_role("button", name="1 new ban").click()
    expect(tab.get_by_role("link", name="198.51.100.8").first).to_be_visible()
    expect(tab.get_by_role("button", name="1 new ban")).to_be_hidden()


def test_the_first_ban_of_an_empty_list_comes_at_a_click_and_the_focus_goes_there(served: Served, tab: Page) -> None:
    tab.goto(f"{served.url}/history/?address=198.51.100.99")
    started(tab)
    expect(tab.get_by_text("No ban fits")).to_be_visible()
    ban("198.51.100.99")
    tab.get_by_role("button", name="1 new ban").click()
    expect(tab.get_by_role("link", name="198.51.100.99").first).to_be_visible()
    expect(tab.get_by_text("No ban fits")).to_be_hidden()
    expect(tab.locator("[data-part=bans] tbody tr").first).to_be_focused()


def test_a_chart_of_5000_points_is_drawn_at_once_and_a_resize_asks_nobody(tab: Page) -> None:
    wait_until(lambda: tab.evaluate("Boolean(window.Chart)"), 20, "the chart library is not there")
    module = tab.evaluate(
        "performance.getEntriesByType('resource').find((one) => /charts\\.\\w+\\.js/.test(one.name)).name"
    )
    assert tab.evaluate(DRAWING, module) < 500  # 50 ms on a quiet machine, measured by itself; tests share theirs
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.set_viewport_size({"width": 700, "height": 900})
    tab.wait_for_timeout(500)
    assert [url for url in asked if "/api/" not in url] == []


def test_the_search_box_is_a_key_away_and_the_map_a_link(served: Served, tab: Page) -> None:
    tab.keyboard.press("/")
    tab.keyboard.type("203.0.113.9")
    tab.keyboard.press("Enter")
    expect(tab).to_have_url(f"{served.url}/history/?address=203.0.113.9")
    tab.goto(served.url)
    tab.get_by_role("link", name="Germany:").focus()
    tab.keyboard.press("Enter")
    expect(tab).to_have_url(f"{served.url}/?range=7d&country=DE")


def test_a_table_is_looked_at_as_one_likes_and_stays_so(served: Served, tab: Page) -> None:
    tab.goto(f"{served.url}/styleguide/")
    started(tab)
    bans = tab.locator(".table-box[data-table=styleguide]")
    bans.get_by_title("Columns and density").click()
    bans.get_by_label("Jail", exact=True).uncheck()
    bans.get_by_label("Dense rows").check()
    bans.get_by_label("Exact times").check()
    tab.reload()
    expect(bans.get_by_role("columnheader", name="Jail")).to_be_hidden()
    # A mark of the table, so no look at times undoes it.
    expect(tab.locator(".table-box[data-table=styleguide][data-exact]")).to_be_visible()
    bans.get_by_label("Select 203.0.113.7").check()
    expect(tab.get_by_text("1 selected")).to_be_visible()
    bans.get_by_label("Select all").check()
    expect(tab.get_by_text("3 selected")).to_be_visible()
