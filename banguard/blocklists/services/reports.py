"""How each list has done: what it brings that others do not, whom it would have stopped, and which to drop.

Every entry and a month of bans are read for it, seconds with some millions. So the last report is kept in the cache,
and made anew only when a list has changed since, or when it is old. A schedule sees to that, so that nobody waits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.utils import timezone
from pydantic import BaseModel

from banguard.blocklists import selectors
from banguard.blocklists.models import Source
from banguard.core import ranges
from banguard.core.ranges import Ranges
from banguard.history import selectors as history

KEPT = timedelta(hours=1)
DAYS = 30
LITTLE = 2.0  # percent of a list that no other holds
STALE_HOURS = 7 * 24


class ReportRow(BaseModel):
    """How one source has done in the last 30 days; ``advice`` is empty when there is none.

    ``unique_percent``: what no other enabled list holds. ``churn_percent``: what an import changes, on average.
    ``hits``: addresses of it that jails banned. ``overlaps``: the others, by what of this one they hold too."""

    source_id: int
    source: str
    entries: int
    addresses: int
    unique_percent: float
    good_at: datetime | None
    age_hours: float | None
    churn_percent: float
    imports: int
    failures: int
    rejected: int
    hits: int
    overlaps: list[dict[str, str | int | float]]
    advice: str


class Report(BaseModel):
    """One row for each source that was imported, by name."""

    made_at: datetime
    rows: list[ReportRow]


def report() -> Report:
    """The newest report; none is older than an hour, or than the last change of any list."""
    sources = [source for source in selectors.sources().order_by("name") if source.held]
    key = f"blocklists-report:{_state(sources)}"
    kept = cache.get(key)
    if kept:
        return Report.model_validate_json(kept)
    made = Report(made_at=timezone.now(), rows=_rows(sources))
    cache.set(key, made.model_dump_json(), KEPT.total_seconds())
    return made


def _state(sources: Sequence[Source]) -> str:
    """Another one as soon as any of them is another one, was asked, was found well, or failed."""
    told = [
        (one.pk, one.name, one.enabled, one.held, one.version, one.failures, one.asked_at, one.good_at)
        for one in sources
    ]
    return hashlib.sha256(repr(told).encode()).hexdigest()


def _rows(sources: list[Source]) -> list[ReportRow]:
    held = {source.pk: ranges.union(selectors.held_by(source_id=source.pk)) for source in sources}
    doings = selectors.doings(days=DAYS)
    banned = history.jailed(days=DAYS)
    return [_row(source, sources, held, doings.get(source.pk, {}), banned) for source in sources]


def _row(
    source: Source, sources: list[Source], held: Mapping[int, Ranges], doings: Mapping[str, Any], banned: Ranges
) -> ReportRow:
    mine = held[source.pk]
    others = [other for other in sources if other.pk != source.pk]
    alone = ranges.subtract(mine, ranges.union(*(held[other.pk] for other in others if other.enabled)))
    overlaps = [_overlap(mine, other, held[other.pk]) for other in others]
    imports = doings.get("imports", 0)
    churn = doings.get("changed", 0) / imports / source.held if imports and source.held else 0.0
    age = (timezone.now() - source.good_at).total_seconds() / 3_600 if source.good_at else None
    unique = _percent(alone.addresses, mine.addresses)
    struck = ranges.intersect(banned, mine).addresses
    return ReportRow(
        source_id=source.pk,
        source=source.name,
        entries=source.held,
        addresses=mine.addresses,
        unique_percent=unique,
        good_at=source.good_at,
        age_hours=None if age is None else round(age, 1),
        churn_percent=round(100 * churn, 1),
        imports=imports,
        failures=doings.get("failures", 0),
        rejected=doings.get("rejected", 0),
        hits=struck,
        overlaps=overlaps,
        advice=_advice(unique, age, struck, others=len(others)),
    )


def _overlap(mine: Ranges, other: Source, theirs: Ranges) -> dict[str, str | int | float]:
    both = ranges.intersect(mine, theirs).addresses
    return {"source": other.name, "addresses": both, "percent": _percent(both, mine.addresses)}


def _advice(unique: float, age: float | None, struck: int, *, others: int) -> str:
    if age is None or age > STALE_HOURS:
        return "Drop it or mend it: it has not been imported well for more than a week."
    if others and unique < LITTLE:
        return f"Drop it: other lists hold {100 - unique:.0f} % of it."
    if others and not struck and unique < 10 * LITTLE:
        return f"Consider dropping it: nobody of it was banned here in {DAYS} days, and little of it is its own."
    return ""


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 1) if whole else 0.0
