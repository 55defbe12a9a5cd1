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

# Each row has its id before it is stored: so its lines know whose they are, and nothing has to be handed back.
INCOMING = """
CREATE TEMPORARY TABLE IF NOT EXISTS incoming (
    id bigint DEFAULT nextval('history_ban_id_seq'), jail text COLLATE "C", address cidr, origin text,
    banned_at timestamptz, expires_at timestamptz, lifted_at timestamptz, lift_reason text, ban_count int, failures int,
    country text, asn bigint, lines text[], failed_at timestamptz
) ON COMMIT DROP;
TRUNCATE incoming
"""
COLUMNS = (
    "jail, address, origin, banned_at, expires_at, lifted_at, lift_reason, ban_count, failures, country, asn, lines,"
    " failed_at"
)
COPY = f"COPY incoming ({COLUMNS}) FROM STDIN"
# Of a ban that is known already nothing changes. One that was over before it came here is stored with its end.
INSERT = """
INSERT INTO history_ban (id, server_id, jail, address, origin, banned_at, expires_at, lifted_at, lift_reason,
                         ban_count, failures, country, asn, failed_at)
SELECT id, %(server)s, jail, address, origin, banned_at, expires_at,
       CASE WHEN lifted_at IS NULL AND expires_at <= now() THEN expires_at ELSE lifted_at END,
       CASE WHEN lifted_at IS NULL AND expires_at <= now() THEN 'expired' ELSE lift_reason END,
       ban_count, failures, country, asn, failed_at
FROM incoming ORDER BY banned_at
ON CONFLICT (address, banned_at, jail, server_id) DO NOTHING
"""
LINES = """
INSERT INTO history_banmatches (ban_id, banned_at, lines)
SELECT id, banned_at, lines FROM incoming
WHERE lines <> '{}' AND EXISTS (SELECT FROM history_ban AS stored WHERE stored.id = incoming.id)
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
        cursor.execute(INCOMING)
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
        _array(episode.matches),
        episode.failed_at,
    )


def _array(lines: Iterable[str]) -> str:
    """As PostgreSQL spells an array of texts. The driver's own way takes longer than all else of a row together."""
    return "{" + ",".join('"' + line.replace("\\", "\\\\").replace('"', '\\"') + '"' for line in lines) + "}"
