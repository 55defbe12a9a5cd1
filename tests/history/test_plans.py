"""Each documented index is what PostgreSQL reads for the condition that it serves."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from banguard.core.pagination import Stretch
from banguard.history.models import FIRST_SERVER, OPEN, Ban
from banguard.history.search import Search
from banguard.history.selectors import bans, bans_page
from banguard.history.selectors.listing import reader_of
from banguard.servers.models import Server
from banguard.servers.selectors import LOCAL

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("counted")]

# Each documented index, and the condition that it serves; the planner may use nothing else.
PLANS = {
    "ban_newest": "true",
    "ban_jail_newest": "jail = 'sshd'",
    "ban_origin_jail": "origin = 'jail'",
    "ban_origin_manual": "origin = 'manual'",
    "ban_origin_blocklist": "origin = 'blocklist'",
    "ban_country_newest": "country = 'DE'",
    "ban_server_first": "server_id = 1",
    "ban_server_newest": "server_id = 2",
    "ban_asn_newest": "asn = 64500",
    "ban_open_newest": "lifted_at IS NULL",
    "ban_ended_newest": "lifted_at IS NOT NULL",
    "ban_repeat_2": "ban_count >= 2",
    "ban_repeat_5": "ban_count >= 5",
    "ban_repeat_20": "ban_count >= 20",
    "ban_repeat_100": "ban_count >= 100",
    "ban_network_0": "history_network(address, 8, 32) = '2001:db8::/32' AND family(address) = 6",
    "ban_network_1": "history_network(address, 16, 48) = '203.0.0.0/16'",
    "ban_network_2": "history_network(address, 24, 64) = '203.0.113.0/24'",
}

# Bans of which each condition below fits a part, and no other index knows which.
VARIED = """
INSERT INTO history_ban (server_id, jail, address, origin, country, asn, ban_count, failures, banned_at,
    lifted_at, lift_reason)
SELECT (ARRAY[1, 2])[1 + n % 2], CASE n % 9 WHEN 0 THEN 'sshd' ELSE 'nginx' END,
    CASE n % 4 WHEN 0 THEN '2001:db8::'::inet + (n::bigint << 56) ELSE '203.0.0.0'::inet + n * 370 END,
    (ARRAY['jail', 'manual', 'blocklist'])[1 + n % 7 / 3], CASE n % 8 WHEN 0 THEN 'DE' ELSE 'FR' END,
    64500 + n % 7, (ARRAY[1, 2, 6, 30, 200])[1 + n % 5], 0, now() - n * interval '1 minute',
    CASE n % 2 WHEN 0 THEN now() END, CASE n % 2 WHEN 0 THEN (ARRAY['expired', 'manual'])[1 + n % 4 / 2] ELSE '' END
FROM generate_series(1, 2000) AS n
"""


@pytest.fixture
def counted() -> None:
    """What the planner expects is counted here, in a table made anew: nothing depends on what other tests left."""
    for number, name in ((FIRST_SERVER, LOCAL), (2, "other")):
        Server.objects.update_or_create(pk=number, defaults={"name": name})
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE history_ban CASCADE")
        cursor.execute(VARIED)
        cursor.execute("ANALYZE history_ban")


@pytest.mark.parametrize("index", PLANS)
def test_each_filter_is_one_range_of_its_own_index(index: str) -> None:
    narrowed = f"{PLANS[index]} AND (banned_at, id) < (now(), 5) ORDER BY banned_at DESC, id DESC LIMIT 51"
    query = f"EXPLAIN SELECT * FROM history_ban WHERE {narrowed}"  # noqa: S608 - our own words
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off")
        cursor.execute(query)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert f"using {index} on history_ban" in plan


def test_one_address_is_a_range_of_the_key_that_makes_a_ban_one() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute("EXPLAIN SELECT * FROM history_ban WHERE address = '203.0.113.7'")
        assert "using ban_once on history_ban" in cursor.fetchone()[0]


# What else is asked, each by an index made for it.
ASKED = {
    "ban_wide": "SELECT address FROM history_ban WHERE address <<= '203.0.112.0/20' AND masklen(address) < 24 "
    "AND family(address) = 4 AND masklen(address) <= 31",
    "ban_words": "SELECT ban_id FROM history_banmatches WHERE history_words(lines, banned_at) @@ history_query('root')",
    "ban_expiring": "SELECT id FROM history_ban WHERE lifted_at IS NULL AND expires_at <= now() ORDER BY expires_at",
    "ban_lifted_by_hand": "SELECT id FROM history_ban WHERE jail = 'sshd' AND lifted_at BETWEEN '2026-01-01' AND now() "
    "AND lift_reason IN ('manual', 'flushed')",
    "coverage_newest": "SELECT until FROM history_coverage WHERE server_id = 1 ORDER BY until DESC LIMIT 1",
    "tally_period": "SELECT jail, count FROM history_tally WHERE grain = 'h' AND dimensions = 2 AND period >= now()",
}


@pytest.mark.parametrize("index", ASKED)
def test_what_else_is_asked_has_an_index_too(index: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN {ASKED[index]}")
        assert index in str(cursor.fetchall())


@pytest.mark.parametrize(("name", "index"), [(LOCAL, "ban_server_first"), ("other", "ban_server_newest")])
def test_the_list_of_a_server_reads_its_index(name: str, index: str) -> None:
    rows = bans(search=Search(server=name)).order_by("-banned_at", "-id")[:26]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off")
    assert f"using {index} on history_ban" in rows.explain()


def test_what_ended_is_read_by_the_indexes_of_ends() -> None:
    """The bans that have run out are few, and nothing is read of what else is open, nor of what ended long ago."""
    Ban.objects.filter(pk__in=Ban.objects.filter(OPEN).values("pk")[:3]).update(expires_at=timezone.now())
    read = reader_of(Search(active=False))
    assert read
    rows = read(Stretch(key=None, descending=True, limit=26))
    assert isinstance(rows, QuerySet)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    plan = rows.explain()
    assert all(f"using {index} on" in plan for index in ("ban_ended_newest", "ban_expiring", "history_ban_pkey"))
    assert "ban_open_newest" not in plan


def test_a_server_that_is_not_there_reads_nothing() -> None:
    assert not list(bans(search=Search(server="nobody"))[:26])
    assert bans_page(search=Search(server="nobody"), cursor=None, page_size=25).total == 0
