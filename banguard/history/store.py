"""Writing episodes: a batch by COPY into a table of its own, then in one statement into history.

What is counted of bans (roll-ups, one row per address) PostgreSQL writes by itself, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import IntegrityError, connection, transaction
from django.db.backends.utils import CursorWrapper

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
# One that was over before it came here is stored with its end.
INSERT = """
INSERT INTO history_ban (id, server_id, jail, address, origin, banned_at, expires_at, lifted_at, lift_reason,
                         ban_count, failures, country, asn, failed_at)
SELECT id, %(server)s, jail, address, origin, banned_at, expires_at,
       CASE WHEN lifted_at IS NULL AND expires_at <= now() THEN expires_at ELSE lifted_at END,
       CASE WHEN lifted_at IS NULL AND expires_at <= now() THEN 'expired' ELSE lift_reason END,
       ban_count, failures, country, asn, failed_at
FROM incoming ORDER BY banned_at
"""
# Of a ban that is known already nothing changes. To be ready for one costs every row a tenth of its time.
UNLESS_KNOWN = "ON CONFLICT (address, banned_at, jail, server_id) DO NOTHING"
LINES = """
INSERT INTO history_banmatches (ban_id, banned_at, lines)
SELECT id, banned_at, lines FROM incoming
WHERE lines <> '{}' AND EXISTS (SELECT FROM history_ban AS stored WHERE stored.id = incoming.id)
"""
NULL = "\\N"  # as COPY spells it


def insert(*, server: Server, episodes: Iterable[Episode]) -> int:
    """Store ``episodes`` inside the caller's transaction; returns how many were new. A repeat changes nothing.

    Large batches are fastest: some ten thousand at once.
    """
    some = list(episodes)
    if not some:
        return 0
    places = locate.locations([episode.address for episode in some])
    rows = "".join(map(_row, some, places))
    with connection.cursor() as cursor:
        cursor.execute(INCOMING)
        with cursor.copy(COPY) as copy:
            copy.write(rows)
        new = _stored(cursor, server)
        if new and any(episode.matches for episode in some):
            cursor.execute(LINES)
    return new


def _stored(cursor: CursorWrapper, server: Server) -> int:
    """How many were new. Mostly all are: so they are taken for new, until PostgreSQL says that one is not."""
    try:
        with transaction.atomic():
            cursor.execute(INSERT, {"server": server.pk})
    except IntegrityError:
        cursor.execute(INSERT + UNLESS_KNOWN, {"server": server.pk})
    return int(cursor.rowcount)


def _row(episode: Episode, place: locate.Location) -> str:
    """A line as COPY reads it. The driver's own way takes as long as PostgreSQL takes to store half of it."""
    country, asn = place
    return (
        f"{_text(episode.jail)}\t{networks.text_of(episode.address)}\t{episode.origin.value}\t{episode.banned_at}"
        f"\t{episode.expires_at or NULL}\t{episode.lifted_at or NULL}"
        f"\t{episode.lift_reason.value if episode.lift_reason else ''}\t{episode.ban_count}\t{episode.failures}"
        f"\t{country}\t{NULL if asn is None else asn}\t{_text(_array(episode.matches)) if episode.matches else '{}'}"
        f"\t{episode.failed_at or NULL}\n"
    )


def _text(text: str) -> str:
    """With an escape for each sign that COPY takes for more than itself."""
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def _array(lines: Iterable[str]) -> str:
    """As PostgreSQL spells an array of texts."""
    return "{" + ",".join('"' + line.replace("\\", "\\\\").replace('"', '\\"') + '"' for line in lines) + "}"
