"""How well the server was followed, and what its jails found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import DurationField, ExpressionWrapper, F
from django.db.models.functions import Now

from banguard.history.models import Coverage, FailureCount
from banguard.servers.models import Server


@dataclass(frozen=True)
class Followed:
    """``lag``: how far history is behind. ``source``: file, journal or none; ``hole``: why something may be missing."""

    lag: timedelta
    source: str
    hole: str


def coverage(*, server: Server, since: datetime) -> list[Coverage]:
    """The intervals in which the server was followed without a hole, oldest first, that reach beyond ``since``."""
    return list(Coverage.objects.filter(server=server, until__gte=since).order_by("began_at", "id"))


def followed() -> Followed | None:
    """How the first server is followed now, by the database's clock; None: it never was."""
    behind = ExpressionWrapper(Now() - F("until"), DurationField())
    last = Coverage.objects.annotate(lag=behind).order_by("server_id", "-id").values("lag", "source", "hole").first()
    return Followed(max(last["lag"], timedelta(0)), last["source"], last["hole"]) if last else None


def holes(*, hours: int) -> int:
    """How often within these hours something may have passed that history lacks."""
    return Coverage.objects.filter(began_at__gte=Now() - timedelta(hours=hours)).exclude(hole="").count()


def failures(*, server: Server, since: datetime) -> list[tuple[str, datetime, int]]:
    """How many failures each jail found in each hour, as (jail, hour, count), oldest first."""
    rows = FailureCount.objects.filter(server=server, hour__gte=since).order_by("hour", "jail")
    return list(rows.values_list("jail", "hour", "failures"))
