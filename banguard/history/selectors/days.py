"""Bans under several dimensions at once: only such days are read as hold bans of every two of them.

Each dimension has an index of its own, and none has two. The rarer one alone would be read to its end where few of its
bans fit the other (a jail, and an origin that never bans there); the tallies know on which days some do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import reduce
from itertools import combinations
from operator import or_

from django.db import connection
from django.db.models import Count, Min, Q, QuerySet
from django.db.models.expressions import RawSQL

from banguard.core.pagination import Order, Stretch, read_stretch
from banguard.history.models import Ban, Tally
from banguard.history.selectors import tallies

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Days:
    """``rows``: bans that fit ``where``, two dimensions at least, between ``since`` and ``until``."""

    rows: QuerySet[Ban]
    order: Order
    where: tallies.Where
    since: datetime | None
    until: datetime | None

    def ids(self, stretch: Stretch) -> list[int]:
        """Of the bans of a stretch, in its order.

        Two queries, and two more each time that the days held fewer than their tallies let expect: more than two
        dimensions at once are not tallied, and tallies outlive the bans that retention lets go of.
        """
        found: list[int] = []
        wanted, beyond = stretch.limit, self._edge(stretch)
        while days := list(self._next(beyond, wanted, stretch)):
            found += self._read(days, replace(stretch, limit=stretch.limit - len(found)))
            if len(found) >= stretch.limit:
                break
            wanted, beyond = 2 * wanted, days[-1]
        return found

    def _edge(self, stretch: Stretch) -> datetime | None:
        """The day beside the key's own: all that lies beyond it is asked for."""
        day = _day_of(stretch)
        return day and (day + DAY if stretch.descending else day - DAY)

    def _next(self, beyond: datetime | None, wanted: int, stretch: Stretch) -> Iterator[datetime]:
        """So many as should hold the bans that are wanted, even if the key's own day holds none of them."""
        expected, own = 0, _day_of(stretch)
        for day, most in self._known(beyond, stretch.descending)[: wanted + 1]:
            yield day
            expected += 0 if day == own else most
            if expected >= wanted:
                return

    def _known(self, beyond: datetime | None, descending: bool) -> QuerySet[Tally, tuple[datetime, int]]:
        """Days, and how many bans of each fit at most."""
        pairs = [_tallied(dict(pair)) for pair in combinations(self.where.items(), 2)]
        rows = Tally.objects.filter(reduce(or_, pairs), grain="d", count__gt=0)
        if self.since is not None:
            rows = rows.filter(period__gte=tallies.down(self.since, "d"))
        if self.until is not None:
            rows = rows.filter(period__lt=self.until)
        if beyond is not None:
            rows = rows.filter(period__lt=beyond) if descending else rows.filter(period__gt=beyond)
        days = rows.values("period").annotate(most=Min("count"), pairs=Count("*")).filter(pairs=len(pairs))
        return days.order_by("-period" if descending else "period").values_list("period", "most")

    def _read(self, days: list[datetime], stretch: Stretch) -> list[int]:
        begins, ends = RawSQL("one.day", []), RawSQL("one.day + interval '1 day'", [])
        inside = self.rows.filter(banned_at__gte=begins, banned_at__lt=ends)
        keys = read_stretch(inside, self.order, stretch).values("banned_at", "id")
        bans, parameters = keys.query.sql_with_params()
        turn = "DESC" if stretch.descending else "ASC"
        query = (
            f"SELECT ban.id FROM unnest(%s::timestamptz[]) AS one(day) CROSS JOIN LATERAL ({bans}) AS ban"
            f" ORDER BY ban.banned_at {turn}, ban.id {turn} LIMIT %s"
        )
        with connection.cursor() as cursor:
            cursor.execute(query, [days, *parameters, stretch.limit])
            return [row[0] for row in cursor.fetchall()]


def _day_of(stretch: Stretch) -> datetime | None:
    moment = stretch.key[0] if stretch.key else None
    return tallies.down(moment, "d") if isinstance(moment, datetime) else None


def _tallied(where: tallies.Where) -> Q:
    """The tallies of just these dimensions. The others hold nothing, which makes them one range of the key."""
    values = {tallies.COLUMNS[dimension]: value for dimension, value in (tallies.NOTHING | dict(where)).items()}
    return Q(dimensions=int(sum(where)), **values)
