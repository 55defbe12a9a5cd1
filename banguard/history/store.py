"""Writing episodes: a batch by COPY into a table of its own, then in one statement into history.

What is counted of bans (roll-ups, one row per address) PostgreSQL writes by itself, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from banguard.core import networks
from banguard.history import locate
from banguard.history.values import Episode
from banguard.servers.models import Server

INCOMING = """
CREATE TEMPORARY TABLE IF NOT EXISTS incoming (
    jail text COLLATE "C", address cidr, origin text, banned_at timestamptz, expires_at timestamptz,
    lifted_at timestamptz, lift_reason text, ban_count int, failures int, country text, asn bigint, lines text[],
    failed_at timestamptz
) ON COMMIT DROP
"""
COLUMNS = (
    "jail, address, origin, banned_at, expires_at, lifted_at, lift_reason, ban_count, failures, country, asn, lines,"
    " failed_at"
)
COPY = f"COPY incoming ({COLUMNS}) FROM STDIN"
STORED = """
CREATE TEMPORARY TABLE IF NOT EXISTS stored (id bigint, jail text COLLATE "C", address cidr, banned_at timestamptz)
ON COMMIT DROP
"""
# Of a ban that is known already nothing changes. One that was over before it came here is stored with its end.
INSERT = """
WITH added AS (
    INSERT INTO history_ban (server_id, jail, address, origin, banned_at, expires_at, lifted_at, lift_reason,
                             ban_count, failures, country, asn, failed_at)
    SELECT %(server)s, jail, address, origin, banned_at, expires_at,
           CASE WHEN lifted_at IS NULL AND expires_at <= now() THEN expires_at ELSE lifted_at END,
           CASE WHEN lifted_at IS NULL AND expires_at <= now() THEN 'expired' ELSE lift_reason END,
           ban_count, failures, country, asn, failed_at
    FROM incoming ORDER BY banned_at
    ON CONFLICT (address, banned_at, jail, server_id) DO NOTHING
    RETURNING id, jail, address, banned_at
)
INSERT INTO stored SELECT * FROM added
"""
# Two tables of which PostgreSQL knows nothing: left alone, it would compare every row with every other.
LINES = """
SET LOCAL enable_nestloop = off;
INSERT INTO history_banmatches (ban_id, banned_at, lines)
SELECT DISTINCT ON (stored.id) stored.id, banned_at, incoming.lines
FROM stored JOIN incoming USING (jail, address, banned_at) WHERE incoming.lines <> '{}';
SET LOCAL enable_nestloop = DEFAULT
"""
Row = tuple[object, ...]


def insert(*, server: Server, episodes: Iterable[Episode]) -> int:
    """Store ``episodes`` inside the caller's transaction; returns how many were new. A repeat changes nothing.

    Large batches are fastest: some ten thousand at once.
    """
    some = list(episodes)
    if not some:
        return 0
    places = locate.locations([episode.address for episode in some])
    with connection.cursor() as cursor:
        cursor.execute(f"{INCOMING}; {STORED}; TRUNCATE incoming, stored")
        with cursor.copy(COPY) as copy:
            for episode, (country, asn) in zip(some, places, strict=True):
                copy.write_row(_row(episode, country, asn))
        cursor.execute(INSERT, {"server": server.pk})
        new: int = cursor.rowcount
        if new and any(episode.matches for episode in some):
            cursor.execute(LINES)
    return new


def _row(episode: Episode, country: str, asn: int | None) -> Row:
    return (
        episode.jail,
        networks.text_of(episode.address),
        episode.origin.value,
        episode.banned_at,
        episode.expires_at,
        episode.lifted_at,
        episode.lift_reason.value if episode.lift_reason else "",
        episode.ban_count,
        episode.failures,
        country,
        asn,
        list(episode.matches),
        episode.failed_at,
    )
