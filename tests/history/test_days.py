"""Bans under several dimensions at once: the same as a look at each of them, and only their own days are read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import combinations, product

import pytest
from django.db import connection

from banguard.core.pagination import Page, Stretch
from banguard.history.models import Ban
from banguard.history.search import Search
from banguard.history.selectors import bans, bans_page
from banguard.history.selectors.export import every_ban
from banguard.history.selectors.listing import reader_of
from banguard.history.values import Origin
from banguard.servers.models import Server
from banguard.servers.selectors import LOCAL

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("archive")]
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
# Three bans every eight hours, each three at one moment. Its values meet often, seldom, or never.
ARCHIVE = """
INSERT INTO history_ban (server_id, jail, address, origin, country, ban_count, failures, banned_at, lift_reason)
SELECT 1 + (n % 5 = 0)::int, 'jail' || n % 4, '203.0.113.0'::inet + n % 250,
    CASE n % 4 WHEN 0 THEN 'blocklist' ELSE (ARRAY['jail', 'manual'])[1 + (n % 50 = 1)::int] END,
    (ARRAY['DE', 'FR', 'NL'])[1 + (n / 100) % 3], 1, 5, '2026-01-01Z'::timestamptz + n / 3 * interval '8 hours', ''
FROM generate_series(0, 899) AS n
"""
VALUES = {
    "jail": ["jail0", "jail1", "nowhere"],
    "country": ["DE", "NL", ""],
    "origin": [Origin.JAIL, Origin.MANUAL, Origin.BLOCKLIST],
    "server": [LOCAL, "other", "nobody"],
}
SEARCHES = [
    Search(**dict(zip(names, values, strict=True)))
    for size in (2, 3, 4)
    for names in combinations(VALUES, size)
    for values in product(*(VALUES[name] for name in names))
]


@pytest.fixture
def archive() -> None:
    for number, name in ((1, LOCAL), (2, "other")):
        Server.objects.update_or_create(pk=number, defaults={"name": name})
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE history_ban CASCADE")
        cursor.execute(ARCHIVE)


def expected(search: Search) -> list[int]:
    return list(bans(search=search).order_by("-banned_at", "-id").values_list("pk", flat=True))


def ids(page: Page[Ban]) -> list[int]:
    return [ban.pk for ban in page.data]


def test_each_search_finds_what_fits_and_counts_it() -> None:
    for search in SEARCHES:
        page = bans_page(search=search, cursor=None, page_size=20)
        fits = expected(search)
        assert (ids(page), page.total) == (fits[:20], min(len(fits), 150) if page.at_least else len(fits)), search.query


@pytest.mark.parametrize("oldest", [False, True])
@pytest.mark.parametrize(
    "search",
    [
        Search(jail="jail1", origin=Origin.MANUAL),
        Search(jail="jail0", country="FR"),
        Search(jail="jail0", country="DE", origin=Origin.BLOCKLIST, server="other"),
        Search(jail="jail1", country="NL", since=FIRST + timedelta(days=30, hours=7), until=FIRST + timedelta(days=90)),
    ],
    ids=lambda search: search.query,
)
def test_pages_lead_through_all_of_it_and_back(search: Search, oldest: bool) -> None:
    fits = expected(search)[:: -1 if oldest else 1]
    read, cursor, back = list[int](), None, None
    while True:
        page = bans_page(search=search, cursor=cursor, page_size=7, oldest=oldest)
        read += ids(page)
        back = page.previous_cursor
        cursor = page.next_cursor
        if cursor is None:
            break
    assert read == fits
    assert ids(bans_page(search=search, cursor=back, page_size=7, oldest=oldest)) == fits[: -(len(fits) % 7 or 7)][-7:]
    last = bans_page(search=search, cursor=None, page_size=7, oldest=oldest).last_cursor
    assert ids(bans_page(search=search, cursor=last, page_size=7, oldest=oldest)) == fits[-7:]


def test_an_export_holds_all_of_it() -> None:
    search = Search(jail="jail1", origin=Origin.JAIL)
    assert [ban.pk for some in every_ban(search=search) for ban in some] == expected(search)


def test_what_retention_let_go_of_ends_the_list_and_does_not_hide_what_it_kept() -> None:
    search = Search(jail="jail1", country="DE")
    kept = expected(search)[-1]
    Ban.objects.filter(banned_at__lt=FIRST + timedelta(days=60)).exclude(pk=kept).delete()
    with connection.cursor() as cursor:  # as though tallies had outlived them
        cursor.execute("UPDATE history_tally SET count = 40 WHERE grain = 'd'")
    assert ids(bans_page(search=search, cursor=None, page_size=500)) == expected(search)
    assert kept in expected(search)


def test_a_jail_and_an_origin_that_never_meet_read_no_ban() -> None:
    read = reader_of(Search(jail="jail0", origin=Origin.MANUAL))
    assert read is not None
    before = _bans_read()
    assert list(read(Stretch(None, descending=True, limit=51))) == []
    assert _bans_read() == before


def test_those_that_meet_seldom_read_their_days_alone() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE history_ban")
    read = reader_of(Search(jail="jail1", origin=Origin.MANUAL))
    assert read is not None
    before = _bans_read()
    found = list(read(Stretch(None, descending=True, limit=51)))
    assert len(found) == 9
    assert _bans_read() - before <= 9 * (9 + 1)  # a day has nine bans, and each that is shown is fetched


def _bans_read() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_stat_get_xact_tuples_fetched(bans) + pg_stat_get_xact_tuples_returned(bans)"
            " FROM (SELECT 'history_ban'::regclass) AS one(bans)"
        )
        return int(cursor.fetchone()[0])
