"""When something is due: a cron expression in a time zone, or ``every 45m`` (``m``, ``h`` or ``d``)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from croniter import CroniterError, croniter

_EVERY = re.compile(r"every (\d{1,5})(m|h|d)")
_UNIT = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_LOOKED_AT = 60  # times; enough to meet the shortest gap of "1,2 4 * * *"
_ANY_DAY = datetime(2026, 1, 1, tzinfo=UTC)


def fault(text: str, zone: str) -> tuple[str, str] | None:
    """``("schedule" | "zone", why)`` when it cannot be followed."""
    try:
        at = _ANY_DAY.replace(tzinfo=ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "zone", "There is no such time zone; one is Europe/Berlin."
    if match := _EVERY.fullmatch(text):
        return None if int(match[1]) else ("schedule", "Every nothing is never.")
    if len(text.split()) != 5:
        return "schedule", "This is neither a cron expression, such as “17 * * * *”, nor “every 45m”."
    try:
        croniter(text, at).get_next(datetime)
    except CroniterError:
        return "schedule", "This is not a cron expression, such as “17 * * * *” for every hour, that ever fires."
    return None


def next_time(text: str, zone: str, after: datetime) -> datetime:
    """The first time after ``after``. Whatever ``fault`` refuses must not come here."""
    if match := _EVERY.fullmatch(text):
        return after + int(match[1]) * _UNIT[match[2]]
    found: datetime = croniter(text, after.astimezone(ZoneInfo(zone))).get_next(datetime)
    return found.astimezone(after.tzinfo)


def shortest_gap(text: str, zone: str) -> timedelta:
    """The least time between two times."""
    times = [_ANY_DAY.replace(tzinfo=ZoneInfo(zone))]
    for _ in range(_LOOKED_AT):
        times.append(next_time(text, zone, times[-1]))
    return min(later - earlier for earlier, later in pairwise(times[1:]))
