"""Reading sources, runs and entries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Now

from banguard.blocklists.models import Entry, Run, Source
from banguard.blocklists.values import UNFINISHED, Enforcement, Feed, State
from banguard.core import jobs, networks
from banguard.core.errors import NotFound
from banguard.core.networks import Network
from banguard.core.pagination import NEWEST_FIRST, OLDEST_FIRST, Page, page_of


def sources() -> QuerySet[Source]:
    """Every source with how many entries it holds, as ``held`` (None for none)."""
    count = Entry.objects.filter(source=OuterRef("pk")).order_by().values("source").annotate(n=Count("id")).values("n")
    return Source.objects.annotate(held=Subquery(count))


def sources_page(*, cursor: str | None, page_size: int) -> Page[Source]:
    return page_of(sources(), order=OLDEST_FIRST, filters={}, cursor=cursor, page_size=page_size)


def source(*, source_id: int) -> Source:
    """The source with this id. Raises ``NotFound``."""
    found = sources().filter(pk=source_id).first()
    if found is None:
        raise NotFound("There is no source with this id.", id=source_id)
    return found


def sources_with_runs() -> list[tuple[Source, Run | None]]:
    """Every source by name, with its newest run. Two queries."""
    found = list(sources().order_by("name"))
    of_source = Run.objects.filter(source=OuterRef("pk")).order_by("-id").values("id")[:1]
    newest = Run.objects.filter(pk__in=Source.objects.annotate(newest=Subquery(of_source)).values("newest"))
    runs = {run.source_id: run for run in newest}
    return [(source, runs.get(source.pk)) for source in found]


def runs(*, source_id: int | None = None) -> QuerySet[Run]:
    rows = Run.objects.select_related("source")
    return rows if source_id is None else rows.filter(source=source_id)


def runs_page(*, source_id: int | None, cursor: str | None, page_size: int) -> Page[Run]:
    """One page of runs, newest first; of one source, which must exist, or of all."""
    if source_id is not None:
        source(source_id=source_id)
    filters = {"source": source_id}
    return page_of(runs(source_id=source_id), order=NEWEST_FIRST, filters=filters, cursor=cursor, page_size=page_size)


def run(*, run_id: int) -> Run:
    """The run with this id, with its source. Raises ``NotFound``."""
    found = runs().filter(pk=run_id).first()
    if found is None:
        raise NotFound("There is no run with this id.", id=run_id)
    return found


def unfinished_run(*, source_id: int) -> Run | None:
    return Run.objects.filter(source=source_id, state__in=UNFINISHED).first()


def entries_page(*, address: str | None, source_id: int | None, cursor: str | None, page_size: int) -> Page[Entry]:
    """Entries of one source or all; with ``address``, those that contain it. Raises ``AddressInvalid``."""
    rows = Entry.objects.select_related("source")
    if source_id is not None:
        rows = rows.filter(source=source_id)
    if address is not None:
        rows = rows.filter(network__net_contains_or_equals=networks.parse_network(address))
    filters = {"ip": address, "source": source_id}
    return page_of(rows, order=OLDEST_FIRST, filters=filters, cursor=cursor, page_size=page_size)


def wanted() -> Iterator[Network]:
    """What all enabled sources together want the blocklist jail to hold, unmerged, streamed."""
    chosen = Entry.objects.filter(source__enabled=True, source__enforcement=Enforcement.JAIL)
    return chosen.values_list("network", flat=True).iterator(chunk_size=10_000)


def source_named(*, name: str) -> Source:
    """The source with this id or name, as people type it. Raises ``NotFound``."""
    found = sources().filter(Q(name=name) | Q(pk=int(name) if name.isdecimal() else 0)).first()
    if found is None:
        raise NotFound(f"There is no source “{name}”.", name=name)
    return found


def feeds() -> list[Feed]:
    """Every source by name, as its imports left it. Two queries, whatever the sources hold."""
    ended = Run.objects.filter(source=OuterRef("pk"), finished_at__isnull=False).order_by("-id")
    well = ended.filter(state__in=(State.SUCCEEDED, State.UNCHANGED))
    rows = Source.objects.order_by("name").annotate(
        now=Now(),
        last=Subquery(ended.values("id")[:1]),
        well_at=Subquery(well.values("finished_at")[:1]),
        read=Subquery(ended.filter(entries_merged__gt=0).values("entries_merged")[:1]),
    )
    runs = Run.objects.in_bulk([row.last for row in rows if row.last])
    return [_feed(row, runs.get(row.last)) for row in rows]


def _feed(row: Any, run: Run | None) -> Feed:
    feed = Feed(
        id=row.pk,
        name=row.name,
        enabled=row.enabled,
        every=jobs.interval(row.schedule) if row.schedule else None,
        age=max(0.0, (row.now - (row.well_at or row.created_at)).total_seconds()),
        entries=row.read or 0,
    )
    if run is None:
        return feed
    begun = run.started_at or run.queued_at
    return replace(
        feed,
        state=run.state,
        seconds=max(0.0, (run.finished_at - begun).total_seconds()) if run.finished_at else 0.0,
        added=run.added,
        removed=run.removed,
        rejected=run.entries_rejected,
        finished_at=run.finished_at,
    )
