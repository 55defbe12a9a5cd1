"""Writing episodes: a batch by COPY, with the place it was read up to, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import connection

from banguard.core import networks
from banguard.core.locks import Held
from banguard.history.models import Cursor
from banguard.history.values import Episode, Place
from banguard.servers.models import Server

INCOMING = """
CREATE TEMPORARY TABLE incoming (
    jail text, address cidr, origin text, banned_at timestamptz, expires_at timestamptz,
    ban_count int, failures int, lines text[]
) ON COMMIT DROP
"""
COPY = "COPY incoming (jail, address, origin, banned_at, expires_at, ban_count, failures, lines) FROM STDIN"
INSERT = """
WITH added AS (
    INSERT INTO history_ban
        (server_id, jail, address, origin, banned_at, expires_at, lift_reason, ban_count, failures, country)
    SELECT %(server)s, jail, address, origin, banned_at, expires_at, '', ban_count, failures, '' FROM incoming
    -- Rows that were read before come again now and then; ON CONFLICT alone would spend an id on each.
    WHERE NOT EXISTS (
        SELECT FROM history_ban AS known WHERE known.server_id = %(server)s AND known.jail = incoming.jail
        AND known.address = incoming.address AND known.banned_at = incoming.banned_at
    )
    ORDER BY banned_at
    ON CONFLICT (server_id, jail, address, banned_at) DO NOTHING
    RETURNING id, jail, address, banned_at
), lines AS (
    INSERT INTO history_banmatches (ban_id, lines)
    SELECT DISTINCT ON (added.id) added.id, incoming.lines
    FROM added JOIN incoming USING (jail, address, banned_at) WHERE incoming.lines <> '{}'
)
SELECT count(*) FROM added
"""


def batch(*, server: Server, episodes: Iterable[Episode], place: Place, held: Held) -> int:
    """Store ``episodes`` and ``place`` together; returns how many were new. A repeat changes nothing.

    Raises ``LockLost``, with nothing written, when somebody else has taken over.
    """
    with held.writing():
        new = _insert(server, [_row(episode) for episode in episodes])
        Cursor.objects.filter(server=server).update(rowid=place.rowid, mark=place.mark)
    return new


def _insert(server: Server, rows: list[tuple[object, ...]]) -> int:
    if not rows:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(INCOMING)
        with cursor.copy(COPY) as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(INSERT, {"server": server.pk})
        return int(cursor.fetchone()[0])


def _row(
    episode: Episode,
) -> tuple[str, str, str, datetime, datetime | None, int, int, list[str]]:
    return (
        episode.jail,
        networks.text_of(episode.address),
        episode.origin.value,
        episode.banned_at,
        episode.expires_at,
        episode.ban_count,
        episode.failures,
        list(episode.matches),
    )
