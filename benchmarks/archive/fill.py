"""Makes a history, ``... fill ROWS``: rows first, then indexes, then counts, as one would load an archive."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from string import Template

import psycopg
from django.db import connection

from banguard.history import services
from banguard.history.models import Ban, BanMatches
from banguard.machine import say
from banguard.servers import services as servers
from banguard.servers.models import Server

DAYS = 400
ADDRESSES = 1_200_000
WITH_LINES = 10  # every tenth ban
JAILS = 20
COUNTRIES = 150
ASNS = 5_000

# The values of ban number n of N, all in one expression each. Addresses, countries, jails are skewed: few of them
# have most bans. Three of ten thousand bans in ten share their moment with thousands of others, and there each
# address is another one. What is on a blocklist comes to a jail of its own, as it does in the field.
ROWS = f"""
INSERT INTO history_ban (id, server_id, jail, address, origin, banned_at, expires_at, lifted_at, lift_reason,
                         ban_count, failures, country, asn)
SELECT n, 1 + (n % 20 = 0)::int, 'jail' || jail, address, origin, banned_at, CASE WHEN NOT open THEN over END,
       CASE WHEN NOT open THEN over END, CASE WHEN open THEN '' ELSE 'expired' END,
       least(500, floor(power(random(), -0.7)))::int, 5,
       chr(65 + (place / 26)::int) || chr(65 + (place % 26)::int), 64500 + floor({ASNS} * power(network_chance, 2))::int
FROM (
    SELECT *, floor({COUNTRIES} * power(network_chance, 3))::int AS place,
        CASE WHEN kind = 0 THEN 'manual' WHEN jail = 1 THEN 'blocklist' ELSE 'jail' END AS origin,
        kind BETWEEN 1 AND 19 AND n > 0.9 * $rows AS open, banned_at + interval '10 minutes' AS over,
        CASE WHEN host % 20 = 0 THEN set_masklen(
            ('2a0' || to_hex(network % 10) || ':' || to_hex((network * 40503) % 65536) || ':' || to_hex(network % 65536)
             || '::' || to_hex(host % 65536))::inet, 128)::cidr
        ELSE ('1.0.0.0'::inet + ((network * 2654435761) % 14000000) * 256 + host % 256)::cidr END AS address
    FROM (
        SELECT n, host, host / 8 AS network, ((host / 8 * 40503) % 65536) / 65536.0 AS network_chance,
            floor({JAILS} * power(random(), 3))::int AS jail, floor(100 * random())::int AS kind,
            date_trunc('hour', now()) - interval '{DAYS} days' * (1 - (CASE WHEN same THEN n - n % 10000 ELSE n END)
                / $rows::double precision) AS banned_at
        FROM (
            SELECT n, n % 10000 < 3000 AS same, CASE WHEN n % 10000 < 3000 THEN (n * 7919) % {ADDRESSES}
                ELSE floor({ADDRESSES} * power(random(), 5)) END::bigint AS host
            FROM generate_series($first::bigint, $last::bigint) AS n
        ) AS numbers
    ) AS chances
) AS bans
"""
LINES = f"""
INSERT INTO history_banmatches (ban_id, banned_at, lines)
SELECT id, banned_at, ARRAY[
    'Nov 25 10:15:07 host sshd[' || id % 30000 || ']: Failed password for ' ||
    CASE WHEN id % 2 = 0 THEN 'root' WHEN id % 30 = 1 THEN 'admin' WHEN id % 4000 = 3 THEN 'oracle'
         ELSE 'user' || id % 5000 END || ' from ' || host(address) || ' port ' || 1024 + id % 60000 || ' ssh2',
    'Nov 25 10:15:09 host sshd[' || id % 30000 || ']: Connection closed by authenticating user [preauth]'
]
FROM history_ban WHERE id % {WITH_LINES} = 0 AND id BETWEEN $first AND $last
"""


def main(rows: int) -> None:
    servers.local()
    Server.objects.get_or_create(name="other")
    took = fill(rows, os.environ["DATABASE_URL"])
    say.plain("figures=" + json.dumps({name: round(seconds, 1) for name, seconds in took.items()}))


def fill(rows: int, url: str) -> dict[str, float]:
    """Seconds of each step."""
    took: dict[str, float] = {}

    def step(name: str, work: Callable[[], object]) -> None:
        begun = time.monotonic()
        work()
        took[f"{name.replace(' ', '_')}_seconds"] = time.monotonic() - begun
        say.about(name, f"{rows:,} bans", took[f"{name.replace(' ', '_')}_seconds"])

    indexes = _drop_indexes()
    step("rows", lambda: _in_two(url, ROWS, rows))
    step("lines", lambda: _in_two(url, LINES, rows))
    step("indexes and counts", lambda: _together(lambda: _make(url, indexes[1:]), lambda: _count(url)))
    step("keys", lambda: _finish(url, indexes[0]))
    step("statistics", lambda: _run("VACUUM ANALYZE"))
    step("rank", services.rank)
    return took


def _drop_indexes() -> list[str]:
    """What makes them again, the largest last."""
    names = {Ban._meta.db_table: "ban_once", BanMatches._meta.db_table: ""}  # noqa: SLF001
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE history_ban DISABLE TRIGGER USER")
        cursor.execute(
            "SELECT indexdef FROM pg_indexes WHERE tablename = ANY(%s) AND indexname NOT LIKE '%%pkey' "
            "AND indexname <> 'ban_once'",
            [list(names)],
        )
        made = [row[0] for row in cursor.fetchall()]
        for definition in made:
            cursor.execute(f"DROP INDEX {definition.split(' ')[2]}")
        cursor.execute("ALTER TABLE history_ban DROP CONSTRAINT ban_once")
    return [
        "ALTER TABLE history_ban ADD CONSTRAINT ban_once UNIQUE (address, banned_at, jail, server_id)",
        *sorted(made, key=lambda text: "gin" in text, reverse=True),
    ]


def _in_two(url: str, query: str, rows: int) -> None:
    middle = rows // 2
    _together(
        lambda: _on(url, query, {"rows": rows, "first": 1, "last": middle}),
        lambda: _on(url, query, {"rows": rows, "first": middle + 1, "last": rows}),
    )


def _make(url: str, statements: list[str]) -> None:
    for statement in statements:
        _on(url, "SET maintenance_work_mem = '1GB'; " + statement, {})


def _count(url: str) -> None:
    _on(url, "SELECT history_recount()", {})


def _finish(url: str, unique: str) -> None:
    """What nothing else may happen beside."""
    _make(url, [unique, "ALTER TABLE history_ban ENABLE TRIGGER USER"])
    _run("SELECT setval('history_ban_id_seq', (SELECT max(id) FROM history_ban))")


def _together(*works: Callable[[], None]) -> None:
    with ThreadPoolExecutor(len(works)) as threads:
        for done in [threads.submit(work) for work in works]:
            done.result()


def _on(url: str, query: str, parameters: dict[str, int]) -> None:
    with psycopg.connect(url, autocommit=True) as session:
        session.execute(Template(query).safe_substitute(parameters).encode())


def _run(query: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(query)


if __name__ == "__main__":
    main(int(sys.argv[1]))
