"""Ranking past days and months, so that the top of a year is not counted from ten million bans.

Retention lets go of bans, and what is left of a period tells too little of it. So a month that it has reached is ranked
by its ranked days; a day that was not ranked before is left as it is; and what was ranked before is only ever raised:
either way of counting tells of no more bans than there were.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import OperationalError, connection, transaction
from django.db.models import Max, Min
from django.utils import timezone

from banguard.history.models import Ban, Ranked, Top
from banguard.history.selectors import listing, tallies, tops
from banguard.history.values import TOP_KEPT, TopKind

Period = tuple[str, datetime]  # its grain and its beginning
SETTLED = timedelta(minutes=30)  # after its end a period still gets its last bans

# Nobody writes meanwhile: a ban that came between counting and noting the period would never be counted.
QUIET = "SET LOCAL lock_timeout = '2s'; LOCK TABLE history_ban IN SHARE MODE"
RANK = """
INSERT INTO history_top (kind, grain, period, value, count)
SELECT %s, %s, %s, parts.value::text, sum(count) FROM ({parts}) AS parts WHERE parts.value IS NOT NULL
GROUP BY parts.value ORDER BY 5 DESC, parts.value LIMIT %s
ON CONFLICT (kind, grain, period, value) DO UPDATE SET count = greatest(history_top.count, excluded.count)
"""


def rank(*, most: int | None = None) -> int:
    """Rank what has passed and is not ranked, newest first, ``most`` periods at most; returns how many were.

    It stops early when somebody writes for long, and goes on the next time.
    """
    wanted = _wanted()[:most]
    for number, (grain, period) in enumerate(wanted):
        try:
            _rank(grain, period)
        except OperationalError:
            return number
    return len(wanted)


def _wanted() -> list[Period]:
    ends = Ban.objects.aggregate(first=Min("banned_at"), last=Max("banned_at"))
    if ends["first"] is None:
        return []
    now = timezone.now() - SETTLED
    known = set(Ranked.objects.values_list("grain", "period"))
    until = min(ends["last"] + timedelta(days=32), now)
    all_of_them = [
        (grain, period)
        for grain in "dm"
        for period in reversed(tallies.periods(ends["first"], until, grain))
        if tallies.following(period, grain) <= now
    ]
    return _without_lost([one for one in all_of_them if one not in known])


def _without_lost(wanted: list[Period]) -> list[Period]:
    """Without days that retention has reached before they were ever ranked."""
    since = listing.whole_since()
    reached = [period for grain, period in wanted if grain == "d" and since is not None and period < since]
    lost = set(reached) - _ranked_before(reached) if reached else set()
    return [(grain, period) for grain, period in wanted if grain != "d" or period not in lost]


def _ranked_before(days: list[datetime]) -> set[datetime]:
    """Those of them that have a top; one that a late ban has touched has it still."""
    rows = Top.objects.filter(kind=TopKind.ADDRESS, grain="d", period__in=days)
    return set(rows.values_list("period", flat=True).distinct())


@transaction.atomic
def _rank(grain: str, period: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(QUIET)
        since = listing.whole_since()  # asked only now: nobody lets go meanwhile
        whole = since is None or since <= period
        if whole:
            Top.objects.filter(grain=grain, period=period).delete()
        elif grain == "d" and not _ranked_before([period]):
            return
        for kind in TopKind:
            end, grains = tallies.following(period, grain), "d" if grain == "m" and not whole else ""
            parts, parameters = tops.summed(kind=kind, since=period, until=end, grains=grains)
            cursor.execute(RANK.format(parts=parts), [kind.value, grain, period, *parameters, TOP_KEPT[grain]])
    Ranked.objects.create(grain=grain, period=period)
