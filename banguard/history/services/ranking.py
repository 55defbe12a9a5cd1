"""Ranking past days and months, so that the top of a year is not counted from ten million bans."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import OperationalError, connection, transaction
from django.db.models import Max, Min
from django.utils import timezone

from banguard.history.models import Ban, Ranked, Top
from banguard.history.selectors import tallies, tops
from banguard.history.values import TOP_KEPT, TopKind

SETTLED = timedelta(minutes=30)  # after its end a period still gets its last bans

# Nobody writes meanwhile: a ban that came between counting and noting the period would never be counted.
QUIET = "SET LOCAL lock_timeout = '2s'; LOCK TABLE history_ban IN SHARE MODE"
RANK = """
INSERT INTO history_top (kind, grain, period, value, count)
SELECT %s, %s, %s, {value}::text, count(*) FROM history_ban
WHERE banned_at >= %s AND banned_at < %s AND {value} IS NOT NULL
GROUP BY {value} ORDER BY count(*) DESC, {value} LIMIT %s
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


def _wanted() -> list[tuple[str, datetime]]:
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
    return [one for one in all_of_them if one not in known]


@transaction.atomic
def _rank(grain: str, period: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(QUIET)
        Top.objects.filter(grain=grain, period=period).delete()
        for kind in TopKind:
            query = RANK.format(value=tops.VALUES[kind])
            end = tallies.following(period, grain)
            cursor.execute(query, [kind.value, grain, period, period, end, TOP_KEPT[grain]])
    Ranked.objects.create(grain=grain, period=period)
