"""The first page: figures that follow its filters, and what needs attention."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from banguard.accounts.models import Person
from banguard.blocklists.models import Run, Source
from banguard.history.models import Ban
from banguard.history.search import Range
from banguard.history.values import Origin
from banguard.servers import services as servers
from banguard.web.filters import Filters
from banguard.web.overview import overview

pytestmark = pytest.mark.django_db


def ban(address: str, *, hours: float = 1, **given: Any) -> None:
    given = {"jail": "sshd", "origin": Origin.JAIL, "country": "DE", **given}
    Ban.objects.create(
        server=servers.local(), address=address, banned_at=timezone.now() - timedelta(hours=hours), **given
    )


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("", Filters()),
        ("range=30d&origin=blocklist", Filters(range=Range.MONTH, origin=Origin.BLOCKLIST)),
        ("country=unknown&jail=sshd", Filters(country="", jail="sshd")),
        ("range=9y&origin=me&country=<b>&jail=%00", Filters()),
    ],
)
def test_an_address_line_is_read_and_nonsense_narrows_nothing(typed: str, read: Filters) -> None:
    assert Filters.read(QueryDict(typed)) == read


def test_a_filter_leads_to_itself() -> None:
    filters = Filters(range=Range.MONTH, origin=Origin.JAIL, country="", jail="a&b")
    assert Filters.read(QueryDict(filters.query)) == filters
    assert Filters.read(QueryDict(filters.without_jail[1:])).jail is None


def test_every_figure_follows_the_filters() -> None:
    ban("192.0.2.1")
    ban("192.0.2.2", country="", origin=Origin.BLOCKLIST, jail="banguard-blocklist")
    found = overview(Filters())
    assert (found.active, found.trend.total, found.tiles[0].bans) == (2, 2, 2)
    assert {row.code for row in found.countries} == {"DE", ""}
    narrowed = overview(Filters(origin=Origin.JAIL))
    assert (narrowed.active, narrowed.trend.total, narrowed.tiles[0].bans) == (1, 1, 1)
    assert [row.text for row in narrowed.jails] == ["sshd"]


@pytest.mark.parametrize(("typed", "axis"), [("24h", "Hour (UTC)"), ("30d", "Day (UTC)")])
def test_the_numbers_of_a_chart_say_in_which_zone_they_are(typed: str, axis: str) -> None:
    assert overview(Filters(range=Range(typed))).trend.axis == axis


@pytest.mark.parametrize("text", ["203.0.113.7", "2001:db8::7", "203.0.113.0/24", "2001:db8::/32"])
def test_a_short_list_tells_a_network_from_its_first_address(text: str) -> None:
    ban(text)
    (row,) = overview(Filters()).addresses
    assert (row.text, row.href) == (text, f"/history/?range=7d&address={text}")


def test_the_first_ban_is_ranked_at_once() -> None:
    assert overview(Filters()).addresses == ()
    ban("203.0.113.7")
    assert [top.text for top in overview(Filters()).addresses] == ["203.0.113.7"]


def test_a_tile_says_how_it_was_before() -> None:
    for number, hours in enumerate((1, 2, 3, 30, 31)):
        ban(f"192.0.2.{number}", hours=hours)
    assert overview(Filters()).tiles[0].hint == "50 % more than before"


def test_the_page_shows_what_needs_attention(client: Client, viewer: Person) -> None:
    source = Source.objects.create(name="<i>Drop", url="https://example.com/")
    Run.objects.create(source=source, state="failed")
    client.force_login(viewer)
    html = client.get("/").content.decode()
    assert "The collector is silent: new bans are not seen." in html
    assert "The last import of &lt;i&gt;Drop failed." in html


def test_the_page_is_there_without_scripts_and_keeps_its_filters(client: Client, viewer: Person) -> None:
    ban("192.0.2.1")
    client.force_login(viewer)
    html = client.get("/?range=30d&country=DE").content.decode()
    assert '<a href="?range=30d&amp;country=DE" aria-current="true">30 days</a>' in html
    assert 'href="/history/?range=30d&amp;country=DE&amp;address=192.0.2.1"' in html
    assert '<tr data-code="DE" data-name="Germany" data-value="1">' in html


def test_a_page_that_stays_open_learns_what_changes_without_new_bans(client: Client, viewer: Person) -> None:
    client.force_login(viewer)
    source = Source.objects.create(name="DROP", url="https://example.com/")
    run = Run.objects.create(source=source, state="running", stage="parsing", stage_done=30, stage_whole=120)
    first = client.get("/now/")
    html = first.content.decode()
    for part in ("server", "concerns", "imports", "importing"):
        assert f'data-part="{part}"' in html
        assert f'data-part="{part}"' in client.get("/").content.decode()
    assert "25 %" in html
    assert 'data-every="2000"' in html
    Run.objects.filter(pk=run.pk).update(state="succeeded")
    assert 'data-every="2000"' not in client.get("/now/").content.decode()


def test_a_page_that_stays_open_is_told_when_nothing_changed(client: Client, viewer: Person) -> None:
    client.force_login(viewer)
    etag = client.get("/now/")["ETag"]
    assert client.get("/now/", headers={"If-None-Match": etag}).status_code == 304
