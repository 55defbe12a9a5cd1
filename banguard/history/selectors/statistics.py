"""Figures and charts: from tallies, so that a year costs what a day does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils import timezone

from banguard.core.errors import InvalidInput
from banguard.history.search import Range, Search
from banguard.history.selectors import listing, tallies
from banguard.history.values import Dimension

HOURS_UP_TO = timedelta(days=8)  # a longer trend is told by days
DAYS_UP_TO = timedelta(days=750)  # and a longer one by months


@dataclass(frozen=True)
class Change:
    """Bans of one stretch of time up to now, and of the one of equal length before it."""

    range: Range
    bans: int
    before: int

    @property
    def change(self) -> float | None:
        """By what part there are more; None without any before."""
        return None if not self.before else (self.bans - self.before) / self.before


@dataclass(frozen=True)
class Summary:
    active: int
    ranges: tuple[Change, ...]


@dataclass(frozen=True)
class Point:
    start: datetime
    bans: int


@dataclass(frozen=True)
class Trend:
    """``grain``: "hour", "day" or "month"; a point for each, those without bans too."""

    grain: str
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Share:
    """``value``: "" is unknown. ``share``: of all bans that were asked for, 0 to 1."""

    value: str
    bans: int
    share: float


def summary(*, search: Search) -> Summary:
    """Bans now, and of each range with the one before it. ``search`` may name dimensions only."""
    refuse(search)
    now, where = timezone.now(), listing.where_of(search)
    standing = listing.total(search=replace(search, active=True))
    return Summary(standing.count, tuple(_change(one, where, now) for one in Range))


def _change(one: Range, where: tallies.Where, now: datetime) -> Change:
    since = one.since(now)
    before = tallies.stretches(since - one.length, since, dimensions=len(where))
    within = tallies.stretches(since, None, dimensions=len(where))
    return Change(one, tallies.total(where=where, parts=within), tallies.total(where=where, parts=before))


def trend(*, search: Search) -> Trend:
    """How many bans began in each hour, day or month of the search's time; of the first and the last, within it."""
    refuse(search)
    now = timezone.now()
    since, until = search.ends(now)
    length = until - since
    grain = "h" if length <= HOURS_UP_TO else "d" if length <= DAYS_UP_TO else "m"
    parts = tallies.stretches_of(grain, since, until, dimensions=len(search.dimensions))
    found = dict(tallies.by_period(grain=grain, where=listing.where_of(search), parts=parts))
    starts = tallies.periods(since, until, grain)
    return Trend(tallies.GRAINS[grain], tuple(Point(start, found.get(start, 0)) for start in starts))


def shares(*, dimension: Dimension, search: Search, limit: int | None = None) -> list[Share]:
    """How many bans of each country, jail, origin or server, most first."""
    refuse(search)
    since, until = search.ends(timezone.now())
    where = listing.where_of(search)
    # Nothing began after now: without an end, months and days are read whole.
    last = None if search.until is None else until
    parts = tallies.stretches(since, last, dimensions=len({dimension, *where}))
    found = tallies.by_value(dimension=dimension, where=where, parts=parts)
    whole = sum(count for _value, count in found)
    return [Share(value, count, count / whole) for value, count in found[:limit]]


def refuse(search: Search) -> None:
    """Raises ``InvalidInput`` where no tally tells apart what is asked for."""
    if search.beyond_dimensions:
        raise InvalidInput("Statistics know server, jail, country, origin and time.", fields={"search": "too narrow"})
