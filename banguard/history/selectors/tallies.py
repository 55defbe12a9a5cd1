"""Sums of tallies: exact, and their cost does not grow with the number of bans.

A stretch of time is taken apart into the months, days and hours that lie in it. Hours are tallied by one dimension at
most, days and months by two; what is left over at the ends, or asked by more, is counted from the bans themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from banguard.history.values import Dimension

COLUMNS = {
    Dimension.SERVER: "server",
    Dimension.JAIL: "jail",
    Dimension.COUNTRY: "country",
    Dimension.ORIGIN: "origin",
}
NOTHING: dict[Dimension, str | int] = dict.fromkeys(COLUMNS, "") | {Dimension.SERVER: 0}  # not told apart
END = datetime(9999, 1, 1, tzinfo=UTC)
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
Where = Mapping[Dimension, str | int]


@dataclass(frozen=True)
class Stretch:
    """Whole periods of one grain; ``grain`` "" means bans themselves."""

    grain: str
    low: datetime
    high: datetime


def stretches(since: datetime | None, until: datetime | None, *, dimensions: int) -> list[Stretch]:
    """``[since, until)`` as the fewest whole periods; ``dimensions``: how many are told apart."""
    low, high = since or BEGINNING, until or END
    grains = {0: "mdh", 1: "mdh", 2: "md"}.get(dimensions, "")
    return [part for part in _parts(low, high, grains) if part.low < part.high]


def _parts(low: datetime, high: datetime, grains: str) -> Iterable[Stretch]:
    if low >= high:
        return []
    if not grains:
        return [Stretch("", low, high)]
    first, last = up(low, grains[0]), high if high == END else down(high, grains[0])
    if first >= last:
        return _parts(low, high, grains[1:])
    inside = Stretch(grains[0], first, last)
    return [*_parts(low, first, grains[1:]), inside, *_parts(last, high, grains[1:])]


def down(moment: datetime, grain: str) -> datetime:
    hour = moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    if grain == "h":
        return hour
    day = hour.replace(hour=0)
    return day if grain == "d" else day.replace(day=1)


def stretches_of(grain: str, since: datetime, until: datetime, *, dimensions: int) -> list[Stretch]:
    """``[since, until)`` without a period longer than ``grain``: months are read as their days, days as their hours."""
    if grain == "h" and dimensions > 1:
        return [Stretch("", since, until)]
    finer = "hdm".index(grain)
    parts = stretches(since, until, dimensions=dimensions)
    return [replace(part, grain=grain) if part.grain and "hdm".index(part.grain) > finer else part for part in parts]


def periods(since: datetime, until: datetime, grain: str) -> list[datetime]:
    """The beginnings of all of them."""
    found, at = [], down(since, grain)
    while at < until:
        found.append(at)
        at = following(at, grain)
    return found


def following(period: datetime, grain: str) -> datetime:
    """The beginning of the next one."""
    return up(period + timedelta(microseconds=1), grain)


def up(moment: datetime, grain: str) -> datetime:
    begun = down(moment, grain)
    if begun == moment:
        return begun
    if grain == "h":
        return begun + timedelta(hours=1)
    return down(begun + timedelta(days=32 if grain == "m" else 1), grain)


def total(*, where: Where, parts: Iterable[Stretch]) -> int:
    """How many bans began in ``parts``. One query."""
    return sum(count for _value, count in _summed("NULL::text", [], where, parts))


def by_value(*, dimension: Dimension, where: Where, parts: Iterable[Stretch]) -> list[tuple[str, int]]:
    """How many of each value, most first. One query."""
    return _summed(f"{COLUMNS[dimension]}::text", [dimension], where, parts)


def by_period(*, grain: str, where: Where, parts: Iterable[Stretch]) -> list[tuple[datetime, int]]:
    """How many in each period, by its beginning. One query."""
    return _summed(f"date_trunc('{GRAINS[grain]}', period, 'UTC')", [], where, parts)


GRAINS = {"h": "hour", "d": "day", "m": "month"}


def _summed(value: str, told: list[Dimension], where: Where, parts: Iterable[Stretch]) -> list[Any]:
    selects, parameters = [], list[str | int | datetime]()
    shape = sum({*told, *where})
    conditions = "".join(f" AND {COLUMNS[dimension]} = %s" for dimension in where)
    for part in parts:
        if part.grain:
            selects.append(
                f"SELECT {value} AS value, count FROM history_tally WHERE grain = %s AND dimensions = %s"
                f"{conditions}{_unused(told, where)} AND period >= %s AND period < %s"
            )
            parameters += [part.grain, shape, *where.values(), part.low, part.high]
        else:
            selects.append(
                f"SELECT {value} AS value, 1 AS count"
                " FROM (SELECT *, server_id AS server, banned_at AS period FROM history_ban)"
                f" AS bans WHERE period >= %s AND period < %s{conditions}"
            )
            parameters += [part.low, part.high, *where.values()]
    if not selects:
        return []
    query = f"SELECT value, sum(count)::bigint FROM ({' UNION ALL '.join(selects)}) AS parts GROUP BY value"
    query += " HAVING sum(count) <> 0 ORDER BY 2 DESC, 1"
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return list(cursor.fetchall())


def _unused(told: list[Dimension], where: Where) -> str:
    """The dimensions that are not told apart hold nothing; saying so lets the index be read as one range."""
    return "".join(
        f" AND {column} = {NOTHING[dimension]!r}"
        for dimension, column in COLUMNS.items()
        if dimension not in told and dimension not in where
    )
