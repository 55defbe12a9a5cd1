"""What PostgreSQL counts by itself equals what counting the bans would give."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from banguard.history import services
from banguard.history.models import Address, Ban, Ranked, Standing, Tally
from banguard.history.search import Range, Search
from banguard.history.selectors import bans, statistics, tops, total
from banguard.history.values import Dimension, Origin, TopKind
from banguard.servers import services as servers
from banguard.servers.models import Server
from tests.conftest import Api

pytestmark = pytest.mark.django_db

NARROWED: list[dict[str, Any]] = [
    {},
    {"jail": "sshd"},
    {"country": "DE"},
    {"country": ""},
    {"origin": Origin.JAIL},
    {"server": "other"},
    {"server": "none such"},
    {"jail": "sshd", "country": "FR"},
    {"jail": "nginx", "origin": Origin.MANUAL},
    {"jail": "sshd", "country": "DE", "origin": Origin.JAIL},
]


def some_bans(count: int = 400, seed: int = 1) -> list[Ban]:
    chance, now = random.Random(seed), timezone.now()  # noqa: S311
    both = [servers.local(), Server.objects.get_or_create(name="other")[0]]
    return Ban.objects.bulk_create(
        Ban(
            server=chance.choice(both),
            jail=chance.choice(["sshd", "sshd", "nginx"]),
            country=chance.choice(["DE", "FR", ""]),
            origin=chance.choice([Origin.JAIL, Origin.MANUAL]),
            address=f"203.0.{chance.randrange(3)}.{chance.randrange(20)}",
            asn=chance.choice([64500, 64501, None]),
            banned_at=now - timedelta(days=chance.choice([0, 1, 10, 400]), seconds=chance.randrange(200_000)),
            lifted_at=now if n % 3 else None,
        )
        for n in range(count)
    )


def counted(**narrowed: Any) -> int:
    return bans(search=Search(**narrowed).at(timezone.now())).count()


@pytest.mark.parametrize("narrowed", NARROWED)
def test_a_total_is_exact(narrowed: dict[str, Any]) -> None:
    some_bans()
    now = timezone.now()
    times: list[dict[str, Any]] = [
        {},
        *({"range": one} for one in Range),
        {"since": now - timedelta(days=11, seconds=7)},
    ]
    times += [{"since": now - timedelta(days=402, minutes=3), "until": now - timedelta(hours=30, minutes=11)}]
    for when in times:
        found = total(search=Search(**narrowed, **when).at(now))
        assert (found.count, found.at_least) == (counted(**narrowed, **when), False), when


@pytest.mark.parametrize("narrowed", NARROWED)
def test_how_many_are_active_is_exact(narrowed: dict[str, Any]) -> None:
    some_bans()
    assert total(search=Search(active=True, **narrowed)).count == counted(active=True, **narrowed)
    assert total(search=Search(active=False, **narrowed)).count == counted(active=False, **narrowed)


@pytest.mark.parametrize(("narrowed", "range_"), list(itertools.product(NARROWED, Range)))
def test_a_trend_and_shares_add_up(narrowed: dict[str, Any], range_: Range) -> None:
    some_bans(150)
    search, expected = Search(**narrowed, range=range_), counted(**narrowed, range=range_)
    assert sum(share.bans for share in statistics.shares(dimension=Dimension.COUNTRY, search=search)) == expected
    assert sum(point.bans for point in statistics.trend(search=search).points) == expected


@pytest.mark.parametrize(("days", "grain"), [(2, "hour"), (30, "day"), (900, "month")])
@pytest.mark.parametrize("narrowed", [{}, {"jail": "sshd"}, {"jail": "sshd", "country": "DE"}])
def test_a_trend_counts_nothing_outside_its_ends(days: int, grain: str, narrowed: dict[str, Any]) -> None:
    begin = datetime(2026, 1, 15, 10, 30, tzinfo=UTC)
    end = begin + timedelta(days=days)
    given = {"country": "DE", "jail": "sshd"}
    moments = [begin - timedelta(minutes=1), begin, end - timedelta(minutes=1), end]
    Ban.objects.bulk_create(one(number, banned_at=at, **given) for number, at in enumerate(moments))
    trend = statistics.trend(search=Search(since=begin, until=end, **narrowed))
    assert (trend.grain, trend.points[0].bans, trend.points[-1].bans) == (grain, 1, 1)
    assert sum(point.bans for point in trend.points) == 2
    assert trend.points[0].start <= begin


def test_a_trend_has_a_point_for_each_hour_or_day() -> None:
    assert len(statistics.trend(search=Search(range=Range.DAY)).points) == 24
    assert len(statistics.trend(search=Search(range=Range.WEEK)).points) == 24 * 7
    assert len(statistics.trend(search=Search(range=Range.MONTH)).points) in {30, 31}


def test_a_summary_compares_with_the_time_before() -> None:
    Ban.objects.bulk_create(one(number, days=days) for number, days in enumerate([0, 0, 0, 1.5, 1.6]))
    day = statistics.summary(search=Search()).ranges[0]
    assert (day.bans, day.before, day.change) == (3, 2, 0.5)


def one(number: int, days: float = 0, **fields: Any) -> Ban:
    at = timezone.now() - timedelta(days=days)
    chosen = {"server": servers.local(), "jail": "sshd", "origin": "jail", "address": f"203.0.113.{number}"}
    return Ban(**chosen | {"banned_at": at} | fields)


def test_a_changed_country_moves_what_was_counted_of_it() -> None:
    some_bans()
    Ban.objects.filter(country="DE").update(country="SE")
    test_shares = {
        share.value: share.bans
        for share in statistics.shares(dimension=Dimension.COUNTRY, search=Search(since=LONG_AGO))
    }
    assert test_shares == dict(Counter(Ban.objects.values_list("country", flat=True)))
    assert not Tally.objects.filter(country="DE").exclude(count=0).exists()


LONG_AGO = timezone.now() - timedelta(days=2_000)


def test_standing_follows_ends_and_deletions() -> None:
    some_bans()
    Ban.objects.filter(lifted_at=None, jail="sshd").update(lifted_at=timezone.now())
    Ban.objects.filter(jail="nginx", country="FR").delete()
    expected = Counter(Ban.objects.filter(lifted_at=None).values_list("jail", "country"))
    found: Counter[tuple[str, str]] = Counter()
    for row in Standing.objects.all():
        found[row.jail, row.country] += row.count
    assert +found == expected


def test_an_address_is_known_over_all_its_bans() -> None:
    one(1, days=9, country="DE").save()
    one(1, days=30, country="FR").save()
    one(1, days=2, country="DE", jail="nginx").save()
    known = Address.objects.get(address="203.0.113.1/32")
    assert (known.bans, sorted(known.countries)) == (3, ["DE", "FR"])
    assert (known.last_seen - known.first_seen).days == 28


@pytest.mark.parametrize("kind", TopKind)
@pytest.mark.parametrize("range_", Range)
def test_the_top_is_the_same_ranked_and_not(kind: TopKind, range_: Range) -> None:
    some_bans(600)
    before = tops.tops(kind=kind, search=Search(range=range_), limit=100)
    assert services.rank() > 0
    assert tops.tops(kind=kind, search=Search(range=range_), limit=100) == before
    assert (
        sum(top.bans for top in before)
        == bans(search=Search(range=range_).at(timezone.now()))
        .exclude(**{"asn": None} if kind is TopKind.ASN else {"pk": None})
        .count()
    )


def test_a_late_ban_of_a_ranked_day_counts() -> None:
    some_bans()
    services.rank()
    assert services.rank() == 0
    Ban.objects.bulk_create(one(9, days=3, jail=f"jail{n}") for n in range(90))
    assert tops.tops(kind=TopKind.ADDRESS, search=Search(range=Range.WEEK), limit=1)[0].bans == 90
    assert services.rank() > 0


def test_counting_everything_anew_changes_nothing() -> None:
    some_bans()
    kept = ["grain", "dimensions", "server", "jail", "country", "origin", "period", "count"]
    before = set(Tally.objects.values_list(*kept)), set(Address.objects.values_list("address", "bans"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT history_recount()")
    assert (set(Tally.objects.values_list(*kept)), set(Address.objects.values_list("address", "bans"))) == before
    assert not Ranked.objects.exists()


def test_the_api_tells_all_of_it(api: Api) -> None:
    one(1, country="DE", asn=64500).save()
    one(2, country="", address="2001:db8::1").save()
    assert api.get("/statistics/summary").json()["active"] == 2
    assert api.get("/statistics/trend", range="24h").json()["points"][-1]["bans"] == 2
    countries = api.get("/statistics/countries", range="7d").json()["data"]
    assert {row["value"]: row["bans"] for row in countries} == {"DE": 1, None: 1}
    assert api.get("/statistics/jails", country="unknown").json()["data"] == [
        {"value": "sshd", "bans": 1, "share": 1.0}
    ]
    one(3, address="2001:db8::/32").save()
    for query in ({}, {"jail": "sshd"}):
        told = api.get("/statistics/addresses", **query).json()["data"]
        assert {row["value"] for row in told} == {"203.0.113.1", "2001:db8::1", "2001:db8::/32"}
    assert api.get("/statistics/networks", jail="sshd").json()["data"][0]["bans"] == 1
    assert api.get("/statistics/asns").json()["data"] == [{"value": "64500", "bans": 1}]


@pytest.mark.parametrize(
    "until",
    ["2020-01-01T00:00:00Z", "1970-01-01T00:00:00Z"],
)
def test_without_a_beginning_it_is_the_days_before_its_end(api: Api, until: str) -> None:
    for name in ("trend", "countries", "jails", "addresses", "networks", "asns"):
        assert api.get(f"/statistics/{name}", until=until).status_code == 200
        assert api.get(f"/statistics/{name}", until=until, jail="sshd").status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        {"range": "8d"},
        {"range": "7d", "since": "2026-01-01T00:00:00Z"},
        {"since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"},
        {"country": "de"},
        {"since": "yesterday"},
        {"since": "2026-01-01"},
        {"jail": "a\x00"},
    ],
)
def test_a_statistic_that_cannot_be_read_is_refused(api: Api, query: dict[str, str]) -> None:
    assert api.get("/statistics/trend", **query).status_code == 422
    assert api.get("/statistics/addresses", **query).status_code == 422
