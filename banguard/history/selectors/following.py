"""How well the server was followed, and what its jails found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import DurationField, ExpressionWrapper, F
from django.db.models.functions import Now
from django.utils import timezone

from banguard.history.models import Coverage, FailureCount
from banguard.servers.models import Server

HOLES = 5  # told of in a strip
MOST_HOLES = 1_000  # counted


@dataclass(frozen=True)
class Followed:
    """``lag``: how far history is behind. ``source``: file, journal or none; ``hole``: why something may be missing."""

    lag: timedelta
    source: str
    hole: str


def coverage(*, server: Server, since: datetime) -> list[Coverage]:
    """The intervals in which the server was followed without a hole, oldest first, that reach beyond ``since``."""
    return list(Coverage.objects.filter(server=server, until__gte=since).order_by("began_at", "id"))


def followed_until(*, server: Server) -> datetime | None:
    """Up to when the server was followed, if it ever was."""
    return Coverage.objects.filter(server=server).order_by("-id").values_list("until", flat=True).first()


def followed() -> Followed | None:
    """How the first server is followed now, by the database's clock; None: it never was."""
    behind = ExpressionWrapper(Now() - F("until"), DurationField())
    last = Coverage.objects.annotate(lag=behind).order_by("server_id", "-id").values("lag", "source", "hole").first()
    return Followed(max(last["lag"], timedelta(0)), last["source"], last["hole"]) if last else None


def holes(*, hours: int) -> int:
    """How often within these hours something may have passed that history lacks, up to a bound: every page asks."""
    return Coverage.objects.filter(began_at__gte=Now() - timedelta(hours=hours)).exclude(hole="")[:MOST_HOLES].count()


def failures(*, server: Server, since: datetime) -> list[tuple[str, datetime, int]]:
    """How many failures each jail found in each hour, as (jail, hour, count), oldest first."""
    rows = FailureCount.objects.filter(server=server, hour__gte=since).order_by("hour", "jail")
    return list(rows.values_list("jail", "hour", "failures"))


@dataclass(frozen=True)
class Part:
    """An interval that was followed: where it begins and how long it is, in thousandths of the whole strip."""

    begin: int
    length: int


@dataclass(frozen=True)
class Strip:
    """``percent``: of the time since ``since`` that was followed. ``holes``: the newest intervals with one before."""

    since: datetime
    parts: list[Part]
    percent: int
    holes: list[Coverage]


def strip(*, days: int) -> Strip | None:
    """How the first server was followed in the last ``days``; None: it never was. One query."""
    whole = timedelta(days=days)
    since = timezone.now() - whole
    rows = list(Coverage.objects.filter(until__gte=since).order_by("server_id", "id"))
    if not rows:
        return None
    own = [row for row in rows if row.server_id == rows[0].server_id]
    shares = [(max((row.began_at - since) / whole, 0.0), (row.until - since) / whole) for row in own]
    parts = [Part(round(1_000 * low), max(1, round(1_000 * (high - low)))) for low, high in shares]
    followed = sum(high - low for low, high in shares)
    return Strip(since, parts, min(100, int(100 * followed + 0.5)), [row for row in reversed(own) if row.hole][:HOLES])
