"""Writing episodes: a batch by COPY, bans and then their lines.

What is counted of bans (roll-ups, one row per address) PostgreSQL writes by itself, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from operator import attrgetter

import psycopg
from django.db import connection, transaction
from django.utils import timezone

from banguard.core import networks
from banguard.history import locate
from banguard.history.selectors import listing
from banguard.history.values import Episode, LiftReason
from banguard.servers.models import Server

# Each ban has its id before it is stored: so its lines know whose they are, and nothing has to be handed back.
IDS = "SELECT array_agg(nextval('history_ban_id_seq')), statement_timestamp() FROM generate_series(1, %s)"
COLUMNS = (
    "id, server_id, jail, address, origin, banned_at, failed_at, expires_at, lifted_at, lift_reason, ban_count,"
    " failures, country, asn"
)
COPY = f"COPY {{}} ({COLUMNS}) FROM STDIN"
LINES = "COPY history_banmatches (ban_id, banned_at, lines) FROM STDIN"
INCOMING = "CREATE TEMPORARY TABLE IF NOT EXISTS incoming (LIKE history_ban) ON COMMIT DROP; TRUNCATE incoming"
UNLESS_KNOWN = f"""
INSERT INTO history_ban ({COLUMNS}) SELECT {COLUMNS} FROM incoming ORDER BY banned_at
ON CONFLICT (address, banned_at, jail, server_id) DO NOTHING RETURNING id
"""  # noqa: S608 - our own names
AHEAD = timedelta(days=1)  # that clocks may go wrong; what is dated later was told by one that is no use
CHUNK = 500  # rows spelt at once, while PostgreSQL stores those before
NULL = "\\N"  # as COPY spells it


def kept(*, episodes: Iterable[Episode]) -> list[Episode]:
    """Without those that retention let go of, or would at once: what is told again is not counted again."""
    some, now = list(episodes), timezone.now()
    since = listing.whole_since() if some else None
    return [one for one in some if since is None or one.banned_at >= since or _end(one, now)[0] is None]


def insert(*, server: Server, episodes: Iterable[Episode]) -> int:
    """Store ``episodes`` inside the caller's transaction; returns how many were new. A repeat changes nothing.

    One that is dated more than a day ahead, by the database's clock, is dated by now: it would stand above all others
    for as long, and no retention would let go of it. Large batches are fastest: some ten thousand at once.
    """
    some = sorted(episodes, key=attrgetter("banned_at"))
    if not some:
        return 0
    ids, now = _ids(len(some))
    if some[-1].banned_at > now + AHEAD:
        some = sorted((_in_time(one, now) for one in some), key=attrgetter("banned_at"))
    try:
        # Mostly all are new: so they are taken for new, until PostgreSQL says that one is not.
        with transaction.atomic():
            _copy(COPY.format("history_ban"), _bans(server, ids, some))
            stored = set(ids)
    except psycopg.errors.UniqueViolation:
        stored = _unless_known(server, ids, some)
    lined = [(pk, one) for pk, one in zip(ids, some, strict=True) if one.matches and pk in stored]
    if lined:
        _copy(LINES, (f"{pk}\t{one.banned_at}\t{_text(_array(one.matches))}\n" for pk, one in lined))
    return len(stored)


def _ids(count: int) -> tuple[list[int], datetime]:
    """So many, and the time, by the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute(IDS, [count])
        ids, now = cursor.fetchone()
    return ids, now


def _in_time(episode: Episode, now: datetime) -> Episode:
    """Its ``failed_at`` stays as it was told: by that the next witness knows the ban again."""
    if episode.banned_at <= now + AHEAD:
        return episode
    lifted_at = now if episode.lifted_at else None
    return replace(episode, banned_at=now, failed_at=episode.failed_at or episode.banned_at, lifted_at=lifted_at)


def _unless_known(server: Server, ids: Sequence[int], some: Sequence[Episode]) -> set[int]:
    """The ids of those that were new."""
    with connection.cursor() as cursor:
        cursor.execute(INCOMING)
        _copy(COPY.format("incoming"), _bans(server, ids, some))
        cursor.execute(UNLESS_KNOWN)
        return {pk for (pk,) in cursor.fetchall()}


def _copy(order: str, rows: Iterable[str]) -> None:
    with connection.cursor() as cursor, cursor.copy(order) as copy:
        part = list[str]()
        for row in rows:
            part.append(row)
            if len(part) == CHUNK:
                copy.write("".join(part))
                part.clear()
        copy.write("".join(part))


def _bans(server: Server, ids: Iterable[int], some: Sequence[Episode]) -> Iterable[str]:
    """Lines as COPY reads them. The driver's own way takes as long as PostgreSQL takes to store half of it."""
    now, places = timezone.now(), locate.locations([episode.address for episode in some])
    for pk, episode, (country, asn) in zip(ids, some, places, strict=True):
        lifted_at, reason = _end(episode, now)
        yield (
            f"{pk}\t{server.pk}\t{_text(episode.jail)}\t{networks.text_of(episode.address)}\t{episode.origin.value}"
            f"\t{episode.banned_at}\t{episode.failed_at or NULL}\t{episode.expires_at or NULL}\t{lifted_at or NULL}"
            f"\t{reason.value if reason else ''}\t{episode.ban_count}\t{episode.failures}"
            f"\t{country}\t{NULL if asn is None else asn}\n"
        )


def _end(episode: Episode, now: datetime) -> tuple[datetime | None, LiftReason | None]:
    """One that was over before it came here is stored with its end."""
    if episode.lifted_at is None and episode.expires_at and episode.expires_at <= now:
        return episode.expires_at, LiftReason.EXPIRED
    return episode.lifted_at, episode.lift_reason


def _text(text: str) -> str:
    """With an escape for each sign that COPY takes for more than itself."""
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def _array(lines: Iterable[str]) -> str:
    """As PostgreSQL spells an array of texts."""
    return "{" + ",".join('"' + line.replace("\\", "\\\\").replace('"', '\\"') + '"' for line in lines) + "}"
