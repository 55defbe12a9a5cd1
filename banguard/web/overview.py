"""What the dashboard shows, from what the apps know."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.core.cache import cache
from django.urls import reverse
from django.utils.translation import gettext

from banguard.blocklists import selectors as blocklists
from banguard.core import jobs
from banguard.history.selectors import statistics, tops
from banguard.history.values import Dimension, Origin, TopKind
from banguard.servers.values import Seen
from banguard.web.charts import Chart, CountryCount, Row, Series
from banguard.web.filters import ORIGINS, RANGES, Filters

SHOWN = 8  # rows of each short list
TOPS_KEPT = 60.0  # seconds; they alone are counted from bans, those of days that are not ranked yet
TONES = {Origin.JAIL: "series-jail", Origin.BLOCKLIST: "series-blocklist", Origin.MANUAL: "series-manual"}
NEEDS_A_LOOK = {"failed": "bad", "held": "warn", "interrupted": "warn"}


@dataclass(frozen=True)
class Tile:
    """Bans of one stretch of time, and what has changed since the one before it."""

    label: object
    bans: int
    hint: str
    href: str


@dataclass(frozen=True)
class Ranked:
    """One line of a short list."""

    text: str
    count: int
    href: str


@dataclass(frozen=True)
class Concern:
    """Something that somebody should look at."""

    tone: str
    text: str
    href: str


@dataclass(frozen=True)
class Overview:
    active: int
    tiles: tuple[Tile, ...]
    trend: Chart
    countries: tuple[CountryCount, ...]
    jails: tuple[Ranked, ...]
    addresses: tuple[Ranked, ...]
    networks: tuple[Ranked, ...]
    asns: tuple[Ranked, ...]


def overview(filters: Filters) -> Overview:
    """All figures under ``filters``; the number of queries is the same whatever they say and however many bans."""
    summary = statistics.summary(search=filters.dimensions)
    tops_of = _tops(filters)
    return Overview(
        active=summary.active,
        tiles=tuple(_tile(change, filters) for change in summary.ranges),
        trend=_trend(filters),
        countries=tuple(_countries(filters)),
        jails=tuple(_jails(filters))[:SHOWN],
        addresses=tuple(_ranked(filters, TopKind.ADDRESS, tops_of[TopKind.ADDRESS])),
        networks=tuple(_ranked(filters, TopKind.NETWORK, tops_of[TopKind.NETWORK])),
        asns=tuple(_ranked(filters, TopKind.ASN, tops_of[TopKind.ASN])),
    )


def _tile(change: statistics.Change, filters: Filters) -> Tile:
    return Tile(RANGES[change.range], change.bans, _compared(change), filters.but(range=change.range))


def _compared(change: statistics.Change) -> str:
    """In words: “12 % more than before”."""
    if change.change is None:
        return gettext("none before") if change.bans else gettext("none before either")
    percent = round(100 * change.change)
    if percent == 0:
        return gettext("as many as before")
    words = gettext("%(percent)s %% more than before") if percent > 0 else gettext("%(percent)s %% fewer than before")
    return words % {"percent": abs(percent)}


def _trend(filters: Filters) -> Chart:
    origins = [filters.origin] if filters.origin else list(Origin)
    told = [statistics.trend(search=replace(filters.search, origin=origin)) for origin in origins]
    axis = {"hour": gettext("Hour (UTC)"), "day": gettext("Day (UTC)"), "month": gettext("Month (UTC)")}[told[0].grain]
    rows = tuple(
        Row(same[0].start if told[0].grain == "hour" else same[0].start.date(), tuple(point.bans for point in same))
        for same in zip(*(trend.points for trend in told), strict=True)
    )
    return Chart(axis, tuple(Series(str(ORIGINS[origin]), TONES[origin]) for origin in origins), rows)


def _countries(filters: Filters) -> Iterator[CountryCount]:
    for share in statistics.shares(dimension=Dimension.COUNTRY, search=filters.search):
        yield CountryCount(share.value, share.bans, filters.but(country=share.value))


def _jails(filters: Filters) -> Iterator[Ranked]:
    for share in statistics.shares(dimension=Dimension.JAIL, search=filters.search):
        yield Ranked(share.value, share.bans, filters.but(jail=share.value))


def _tops(filters: Filters) -> dict[TopKind, list[tuple[str, int]]]:
    """Values and their bans, as they were within the last minute; that there are none is asked anew."""
    key = f"dashboard-tops:{hashlib.sha256(filters.query.encode()).hexdigest()}"
    kept = cache.get(key)
    if kept is None:
        found = {kind: tops.tops(kind=kind, search=filters.search, limit=SHOWN) for kind in TopKind}
        kept = {kind.value: [(top.value, top.bans) for top in some] for kind, some in found.items()}
        if any(kept.values()):
            cache.set(key, kept, TOPS_KEPT)
    return {TopKind(kind): some for kind, some in kept.items()}


def _ranked(filters: Filters, kind: TopKind, some: list[tuple[str, int]]) -> Iterator[Ranked]:
    field = "asn" if kind is TopKind.ASN else "address"
    for value, bans in some:
        text = f"AS{value}" if kind is TopKind.ASN else value
        yield Ranked(text, bans, f"{reverse('history')}?{filters.query}&{field}={text.removeprefix('AS')}")


def concerns(server: Seen) -> list[Concern]:
    """What needs attention now, the worst first. An empty list is good news."""
    found = [*_of_processes(server), *_of_lists()]
    return sorted(found, key=lambda concern: concern.tone != "bad")


def _of_processes(server: Seen) -> Iterator[Concern]:
    if not server.fresh:
        yield Concern("bad", gettext("The collector is silent: new bans are not seen."), "")
    elif not server.up:
        yield Concern("bad", gettext("Fail2ban cannot be reached: %(reason)s") % {"reason": server.reason}, "")
    if not jobs.queue().workers:
        yield Concern("bad", gettext("No worker is running: no blocklist is imported."), "")


def _of_lists() -> Iterator[Concern]:
    for source, run in blocklists.sources_with_runs():
        if run and run.state in NEEDS_A_LOOK and source.enabled:
            words = gettext("The last import of %(name)s was held back.")
            if run.state != "held":
                words = gettext("The last import of %(name)s failed.")
            yield Concern(NEEDS_A_LOOK[run.state], words % {"name": source.name}, reverse("run", args=[run.pk]))
