"""What history holds of the bans in a batch, and writing back what became of them: sets, never one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models.functions import Now

from banguard.core import networks
from banguard.history.models import Ban, Coverage, Cursor
from banguard.history.values import Context, Episode, Key, LiftReason, Origin, Past, Place
from banguard.servers.models import Server

LATEST = 3  # episodes of a key that are always looked at
MOST = 1_000  # of one key in all
SWEPT = 5_000  # bans whose end is written at once

_COLUMNS = "jail, address::text, banned_at, expires_at, failed_at, lifted_at, lift_reason, origin, ban_count, failures"
KNOWN = f"""
SELECT ban.* FROM
unnest(%(jails)s::text[], %(addresses)s::cidr[], %(since)s::timestamptz[]) AS key (jail, address, since), LATERAL (
    (SELECT {_COLUMNS} FROM history_ban AS ban
     WHERE server_id = %(server)s AND ban.jail = key.jail AND ban.address = key.address
     ORDER BY banned_at DESC LIMIT {LATEST})
    UNION
    (SELECT {_COLUMNS} FROM history_ban AS ban
     WHERE server_id = %(server)s AND ban.jail = key.jail AND ban.address = key.address AND banned_at >= key.since
     ORDER BY banned_at DESC LIMIT {MOST})
) AS ban
"""  # noqa: S608 - our own column names
OPEN = f"SELECT {_COLUMNS} FROM history_ban WHERE server_id = %s AND lifted_at IS NULL AND banned_at < %s"  # noqa: S608
CHANGE = """
UPDATE history_ban AS ban SET
    expires_at = told.expires_at, failed_at = told.failed_at,
    -- One that lies ahead was told by a clock that is no use.
    lifted_at = CASE WHEN told.lifted_at > now() + interval '1 day' THEN now() ELSE told.lifted_at END,
    lift_reason = told.lift_reason, ban_count = told.ban_count, failures = told.failures
FROM unnest(
    %(jails)s::text[], %(addresses)s::cidr[], %(banned)s::timestamptz[], %(expires)s::timestamptz[],
    %(failed)s::timestamptz[], %(lifted)s::timestamptz[], %(reasons)s::text[], %(counts)s::int[], %(failures)s::int[]
) AS told (jail, address, banned_at, expires_at, failed_at, lifted_at, lift_reason, ban_count, failures)
WHERE ban.server_id = %(server)s AND ban.jail = told.jail AND ban.address = told.address
AND ban.banned_at = told.banned_at
"""
LINES = """
INSERT INTO history_banmatches (ban_id, banned_at, lines)
SELECT id, banned_at, %(lines)s::text[] FROM history_ban
WHERE server_id = %(server)s AND jail = %(jail)s AND address = %(address)s AND banned_at = %(banned)s
ON CONFLICT DO NOTHING
"""
# A ban is dated by its line in the log, or by the failure before it, by whoever told of it; the line comes soon after.
TOLD = """
SELECT key.number - 1 FROM
unnest(%(jails)s::text[], %(addresses)s::cidr[], %(moments)s::timestamptz[])
    WITH ORDINALITY AS key (jail, address, at, number)
WHERE EXISTS (
    SELECT FROM history_ban AS ban
    WHERE ban.server_id = %(server)s AND ban.jail = key.jail AND ban.address = key.address
    AND ban.banned_at BETWEEN key.at - interval '1 s' AND key.at + interval '1 day'
    AND (ban.banned_at = key.at OR ban.failed_at BETWEEN key.at - interval '1 s' AND key.at + interval '1 s'
         OR ban.failed_at IS NULL AND ban.banned_at <= key.at + interval '2 s')
)
"""
COUNT = """
INSERT INTO history_failurecount AS known (server_id, jail, hour, failures)
SELECT %(server)s, * FROM unnest(%(jails)s::text[], %(hours)s::timestamptz[], %(failures)s::int[])
ON CONFLICT (server_id, jail, hour) DO UPDATE SET failures = known.failures + excluded.failures
"""
EXPIRE = """
UPDATE history_ban SET lifted_at = expires_at, lift_reason = 'expired' WHERE id IN (
    SELECT id FROM history_ban WHERE server_id = %s AND lifted_at IS NULL AND expires_at < %s LIMIT %s
)
"""


def now() -> datetime:
    """By the database's clock, which is the one that counts."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment


def known(*, server: Server, keys: Mapping[Key, datetime]) -> list[Past]:
    """The latest episodes of each key, and all that began at the time it is mapped to or later."""
    if not keys:
        return []
    jails, addresses = zip(*keys, strict=True)
    texts = [networks.text_of(address) for address in addresses]
    return _read(KNOWN, {"server": server.pk, "jails": list(jails), "addresses": texts, "since": list(keys.values())})


def told_already(*, server: Server, episodes: Sequence[Episode]) -> set[int]:
    """The positions of those that history holds, perhaps dated a little differently."""
    columns: dict[str, Any] = {
        "server": server.pk,
        "jails": [one.jail for one in episodes],
        "addresses": [networks.text_of(one.address) for one in episodes],
        "moments": [one.banned_at for one in episodes],
    }
    with connection.cursor() as cursor:
        cursor.execute(TOLD, columns)
        return {number for (number,) in cursor.fetchall()}


def still_open(*, server: Server, before: datetime) -> list[Past]:
    """Every episode without an end that began before then."""
    return _read(OPEN, [server.pk, before])


def change(*, server: Server, pasts: Sequence[Past]) -> None:
    """Write back what is known now of these episodes."""
    if not pasts:
        return
    columns: dict[str, Any] = {
        "server": server.pk,
        "jails": [past.jail for past in pasts],
        "addresses": [networks.text_of(past.address) for past in pasts],
        "banned": [past.banned_at for past in pasts],
        "expires": [past.expires_at for past in pasts],
        "failed": [past.failed_at for past in pasts],
        "lifted": [past.lifted_at for past in pasts],
        "reasons": [past.reason.value if past.reason else "" for past in pasts],
        "counts": [past.ban_count for past in pasts],
        "failures": [past.failures for past in pasts],
    }
    with connection.cursor() as cursor:
        cursor.execute(CHANGE, columns)
        told = [past for past in pasts if past.matches and not past.new]
        cursor.executemany(LINES, [_lines_of(server, past) for past in told])


def stops(*, server: Server, stopped: Iterable[tuple[str, datetime, datetime]]) -> None:
    """What a jail let go between two moments because it was stopped was not lifted by anybody."""
    by_hand = [LiftReason.MANUAL.value, LiftReason.FLUSHED.value]
    for jail, begin, end in stopped:
        bans = Ban.objects.filter(server=server, jail=jail, lifted_at__range=(begin, end), lift_reason__in=by_hand)
        bans.update(lift_reason=LiftReason.JAIL_STOPPED)


def expire(*, server: Server, before: datetime) -> int:
    """End, at their set time, bans whose time was over before then although no line told of it."""
    with connection.cursor() as cursor:
        cursor.execute(EXPIRE, [server.pk, before, SWEPT])
        return int(cursor.rowcount)


def count_failures(*, server: Server, failures: Mapping[tuple[str, datetime], int]) -> None:
    """Add to the counts, by jail and hour."""
    if failures:
        jails, hours = zip(*failures, strict=True)
        columns = {"jails": list(jails), "hours": list(hours), "failures": list(failures.values())}
        with connection.cursor() as cursor:
            cursor.execute(COUNT, {"server": server.pk, **columns})


def place(*, cursor: Cursor, rows: Place, log: str, context: Context) -> None:
    """How far was read, with what the lines so far mean for those to come; written where it has changed."""
    reached = {"rowid": rows.rowid, "mark": rows.mark, "log_place": log, "context": asdict(context)}
    if any(getattr(cursor, name) != value for name, value in reached.items()):
        Cursor.objects.filter(pk=cursor.pk).update(**reached)


def cover(*, server: Server, source: str, hole: str, began_at: datetime | None, until: datetime | None) -> None:
    """Lengthen the interval in which nothing was missed, or begin another where something may have been.

    ``began_at`` and ``until`` None: now, by the database's clock.
    """
    last = Coverage.objects.filter(server=server).order_by("-id").first()
    unread = source == "none" and bool(hole)
    if last is not None and unread and last.source != "none":
        return  # perhaps it can be read again before it is gone: then nothing was missed
    if last is not None and last.source == source and (unread or not hole):
        Coverage.objects.filter(pk=last.pk).update(until=until or Now())
    else:
        end = until or Now()
        Coverage.objects.create(server=server, source=source, hole=hole[:300], began_at=began_at or Now(), until=end)


def _read(query: str, parameters: Any) -> list[Past]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return [_past(row) for row in cursor.fetchall()]


def _past(row: Sequence[Any]) -> Past:
    jail, address, banned, expires, failed, lifted, reason, origin, count, failures = row
    return Past(
        jail=str(jail),
        address=networks.parse_network(str(address)),
        banned_at=banned,
        expires_at=expires,
        failed_at=failed,
        lifted_at=lifted,
        reason=LiftReason(str(reason)) if reason else None,
        origin=Origin(str(origin)),
        ban_count=count,
        failures=failures,
    )


def _lines_of(server: Server, past: Past) -> dict[str, Any]:
    return {
        "server": server.pk,
        "jail": past.jail,
        "address": networks.text_of(past.address),
        "banned": past.banned_at,
        "lines": list(past.matches),
    }
