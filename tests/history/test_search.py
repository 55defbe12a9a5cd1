"""Each way to narrow the list: it finds what counting by hand finds, page by page, by its own index."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from banguard.accounts.models import Person
from banguard.core.errors import AddressInvalid, InvalidInput
from banguard.core.pagination import Page
from banguard.history.models import Ban, BanMatches
from banguard.history.search import Range, Search, network_of
from banguard.history.selectors import bans, bans_page, export
from banguard.history.values import Origin
from banguard.servers import services as servers
from tests.conftest import Api

pytestmark = pytest.mark.django_db

WORDS = ["root", "admin", "wp-login.php", "preauth", "Ünïcode"]
MOMENT = timezone.now()
SEARCHES: list[dict[str, Any]] = [
    {},
    {"jail": "nginx"},
    {"origin": Origin.MANUAL},
    {"country": "DE"},
    {"country": ""},
    {"server": "local"},
    {"asn": 64500},
    {"active": True},
    {"active": False},
    {"active": True, "jail": "nginx", "country": "DE"},
    {"active": False, "jail": "nginx"},
    {"active": False, "words": "root"},
    {"active": False, "address": "203.0.112.0/20"},
    {"active": False, "since": MOMENT - timedelta(days=60), "until": MOMENT - timedelta(hours=1)},
    {"min_ban_count": 5},
    {"range": Range.MONTH},
    {"address": "203.0.113.7"},
    {"address": "203.0.113.0/24"},
    {"address": "203.0.112.0/20"},
    {"address": "203.0.0.0/9"},
    {"address": "203.0.113.0/30"},
    {"address": "0.0.0.0/0"},
    {"address": "203.0."},
    {"address": "2001:db8::/32"},
    {"address": "2001:db8::/33"},
    {"address": "2001:db8:"},
    {"words": "root"},
    {"words": "wp-login.php ROOT"},
    {"words": "nothing like it"},
    {"words": "root", "jail": "sshd"},
    {"address": "203.0.112.0/20", "country": "DE", "range": Range.YEAR},
    {"since": MOMENT - timedelta(days=60), "until": MOMENT - timedelta(hours=1)},
    {"until": MOMENT, "jail": "sshd"},
]


@pytest.fixture
def many() -> None:
    chance, now = random.Random(7), timezone.now()  # noqa: S311
    made = Ban.objects.bulk_create(
        Ban(
            server=servers.local(),
            jail=chance.choice(["sshd", "nginx"]),
            origin=chance.choice(list(Origin)),
            country=chance.choice(["DE", "FR", ""]),
            asn=chance.choice([64500, None]),
            ban_count=chance.choice([1, 2, 6, 30]),
            address=chance.choice(
                [
                    f"203.0.{chance.randrange(112, 130)}.{chance.randrange(12)}",
                    f"203.0.{chance.choice([112, 116, 120, 124])}.0/{chance.choice([22, 24])}",
                    f"2001:db8:{chance.randrange(9)}::{chance.randrange(9)}",
                ]
            ),
            banned_at=now - timedelta(days=chance.choice([0, 0, 2, 50, 500]), seconds=chance.randrange(9_000)),
            expires_at=chance.choice([now - timedelta(seconds=1), now + timedelta(days=1), None]),
            lifted_at=chance.choice([now, None]),
        )
        for _ in range(400)
    )
    BanMatches.objects.bulk_create(
        BanMatches(ban=ban, banned_at=ban.banned_at, lines=[f"Failed for {' /'.join(chance.sample(WORDS, 2))} from x"])
        for ban in made[::2]
    )


def walk(search: Search, size: int = 17) -> Iterator[Page[Ban]]:
    page = bans_page(search=search, cursor=None, page_size=size)
    yield page
    while page.next_cursor:
        page = bans_page(search=search, cursor=page.next_cursor, page_size=size)
        yield page


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("narrowed", SEARCHES)
def test_a_walk_finds_all_that_fit_and_back_again(narrowed: dict[str, Any]) -> None:
    search = Search(**narrowed)
    rows = bans(search=search.at(timezone.now())).order_by("-banned_at", "-id")
    expected = list(rows.values_list("pk", flat=True))
    there = list(walk(search))
    assert [ban.pk for page in there for ban in page.data] == expected
    assert there[0].total == len(expected)
    back, page = [there[-1]], there[-1]
    while page.has_previous:
        page = bans_page(search=search, cursor=page.previous_cursor, page_size=17)
        back.insert(0, page)
    assert [ban.pk for page in back for ban in page.data] == expected


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("narrowed", SEARCHES)
def test_a_walk_from_the_oldest_finds_the_same(narrowed: dict[str, Any]) -> None:
    search = Search(**narrowed)
    rows = bans(search=search.at(timezone.now())).order_by("banned_at", "id")
    page = bans_page(search=search, cursor=None, page_size=17, oldest=True)
    found = [ban.pk for ban in page.data]
    while page.next_cursor:
        page = bans_page(search=search, cursor=page.next_cursor, page_size=17, oldest=True)
        found += [ban.pk for ban in page.data]
    assert found == list(rows.values_list("pk", flat=True))


@pytest.mark.usefixtures("many")
def test_from_the_oldest_it_goes_forward_from_a_moment() -> None:
    moment = timezone.now() - timedelta(days=30)
    page = bans_page(search=Search(), cursor=None, page_size=5, at=moment, oldest=True)
    later = Ban.objects.filter(banned_at__gte=moment).order_by("banned_at", "id")
    assert [ban.pk for ban in page.data] == list(later.values_list("pk", flat=True)[:5])


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("narrowed", SEARCHES)
def test_the_last_page_is_the_end(narrowed: dict[str, Any]) -> None:
    search = Search(**narrowed)
    first = bans_page(search=search, cursor=None, page_size=9)
    expected = list(bans(search=search.at(timezone.now())).order_by("banned_at", "id").values_list("pk", flat=True)[:9])
    if first.last_cursor:
        last = bans_page(search=search, cursor=first.last_cursor, page_size=9)
        assert ([ban.pk for ban in last.data][::-1], last.next_cursor, last.has_previous) == (expected, None, True)


@pytest.mark.usefixtures("many")
def test_it_goes_to_a_moment() -> None:
    moment = timezone.now() - timedelta(days=30)
    page = bans_page(search=Search(), cursor=None, page_size=5, at=moment)
    assert page.data[0] == Ban.objects.filter(banned_at__lte=moment).order_by("-banned_at", "-id").first()
    newer = bans_page(search=Search(), cursor=page.previous_cursor, page_size=5)
    assert newer.data[-1].banned_at > moment


def test_what_arrives_is_found_by_the_cursor_of_the_newest_page(api: Api) -> None:
    stored(1)
    newest = api.get("/bans").json()["pagination"]
    assert (newest["has_previous"], newest["previous_cursor"] is None) == (False, False)
    nothing = api.get("/bans", cursor=newest["previous_cursor"]).json()
    assert (nothing["data"], nothing["pagination"]["previous_cursor"]) == ([], newest["previous_cursor"])
    stored(2)
    arrived = api.get("/bans", cursor=nothing["pagination"]["previous_cursor"]).json()
    assert [ban["address"] for ban in arrived["data"]] == ["203.0.113.2"]
    assert api.get("/bans", cursor=arrived["pagination"]["previous_cursor"]).json()["data"] == []


def stored(number: int, **fields: Any) -> Ban:
    chosen = {"server": servers.local(), "jail": "sshd", "origin": "jail", "banned_at": timezone.now()}
    return Ban.objects.create(**chosen | {"address": f"203.0.113.{number}"} | fields)


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("203.0.113.", "203.0.113.0/24"),
        ("203.0.113.*", "203.0.113.0/24"),
        ("203", "203.0.0.0/8"),
        ("2001:db8:", "2001:db8::/32"),
        ("203.0.113.7/24", "203.0.113.0/24"),
    ],
)
def test_the_beginning_of_an_address_is_a_network(text: str, network: str) -> None:
    assert str(network_of(text)) == network


@pytest.mark.parametrize("text", ["", "300.", "1.2.3.4.5", "x", "2001:xyz:", "1..2", "*", "203.0.113.-", "\x00"])
def test_what_begins_no_address_is_refused(text: str) -> None:
    with pytest.raises(AddressInvalid):
        network_of(text)


@pytest.mark.parametrize("narrowed", [{"min_ban_count": 3}, {"words": "a " * 11}, {"words": "'&|!:*()"}])
def test_a_search_that_no_index_serves_is_refused(narrowed: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        Search(**narrowed).at(datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.usefixtures("many")
def test_an_export_holds_all_that_the_list_shows(
    client: Client, viewer: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "BATCH", 30)
    client.force_login(viewer)
    expected = list(bans(search=Search(jail="sshd")).order_by("-banned_at", "-id").values_list("pk", flat=True))
    lines = b"".join(client.get("/history/export.jsonl?jail=sshd")).decode().splitlines()  # type: ignore[arg-type]
    assert [json.loads(line)["id"] for line in lines] == expected
    table = b"".join(client.get("/history/export.csv?jail=sshd")).decode()  # type: ignore[arg-type]
    assert [int(row["id"]) for row in csv.DictReader(io.StringIO(table))] == expected


def test_no_cell_of_an_export_is_a_formula() -> None:
    stored(1, jail="=cmd|'/c calc'!A1")
    assert "'=cmd" in "".join(export.csv_lines(search=Search()))


def found(words: str) -> int:
    return bans_page(search=Search(words=words), cursor=None, page_size=10).total


@pytest.mark.parametrize(
    ("line", "words", "count"),
    [
        ("Failed for root_x from 203.0.113.7", "ROOT", 1),
        ("Failed for root_x from 203.0.113.7", "203.0.113.7", 1),
        ("Failed for root_x from 203.0.113.7", "roo", 0),
        ("GET /wp-login.php?a='b'\\&c HTTP/1.1", "wp-login.php 'b'\\", 1),
        ("für Müller", "MÜLLER", 1),
        ("x" * 5_000 + " end", "end", 1),
        ("x" * 5_000 + " end", "x" * 200, 1),
        ("é" * 200_000, "nothing", 0),
        ("\t\n\x0b tab\tbed", "bed", 1),
    ],
)
def test_words_are_found_whatever_stands_in_the_line(line: str, words: str, count: int) -> None:
    BanMatches.objects.create(ban=(ban := stored(1)), banned_at=ban.banned_at, lines=[line])
    assert found(words) == count


def test_a_ban_of_a_server_that_is_not_there_is_refused() -> None:
    with pytest.raises(IntegrityError, match="names a server"):
        Ban.objects.create(server_id=10**6, jail="sshd", origin="jail", banned_at=timezone.now(), address="203.0.113.1")
