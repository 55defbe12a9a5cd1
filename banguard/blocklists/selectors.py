"""Reading sources, runs and entries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Now

from banguard.blocklists.models import Enforced, Entry, Run, Source, Trial
from banguard.blocklists.values import UNFINISHED, Enforcement, Feed, Format, Purpose, Rules, State, TrialState
from banguard.core import cidrs, networks, timetable
from banguard.core.errors import NotFound
from banguard.core.pagination import NEWEST_FIRST, OLDEST_FIRST, Page, page_of
from banguard.core.ranges import Ranges
from banguard.servers.models import Server

# All networks that could, so that each is one look into the index: made here, they need not be written and read.
CONTAINING = """
SELECT id FROM blocklists_entry WHERE network = ANY(ARRAY(
    SELECT set_masklen(%(network)s::cidr, length) FROM generate_series(0, masklen(%(network)s::cidr)) AS length
))
"""


def sources() -> QuerySet[Source]:
    return Source.objects.all()


def sources_page(*, cursor: str | None, page_size: int) -> Page[Source]:
    return page_of(sources(), order=OLDEST_FIRST, filters={}, cursor=cursor, page_size=page_size)


def source(*, source_id: int) -> Source:
    """The source with this id. Raises ``NotFound``."""
    found = sources().filter(pk=source_id).first()
    if found is None:
        raise NotFound("There is no source with this id.", id=source_id)
    return found


def sources_among(*, source_ids: Sequence[int]) -> list[Source]:
    """Those of these that are there, by name."""
    return list(sources().filter(pk__in=source_ids).order_by("name"))


def sources_with_runs() -> list[tuple[Source, Run | None]]:
    """Every source by name, with its newest run. Two queries."""
    found = list(sources().order_by("name"))
    of_source = Run.objects.filter(source=OuterRef("pk")).order_by("-id").values("id")[:1]
    newest = Run.objects.filter(pk__in=Source.objects.annotate(newest=Subquery(of_source)).values("newest"))
    runs = {run.source_id: run for run in newest}
    return [(source, runs.get(source.pk)) for source in found]


def rules_of(source: Source) -> Rules:
    """How this source's list is to be read."""
    return Rules(
        format=Format(source.format),
        column=source.column,
        may_be_empty=source.may_be_empty,
        most_lines=source.max_lines,
        widest={4: source.widest4, 6: source.widest6},
    )


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


def held_runs() -> list[Run]:
    """Those that wait for a person, newest first. One of a source: a later one takes the place of an earlier."""
    return list(runs().filter(state=State.HELD, withheld__isnull=False).order_by("-id"))


def unfinished_runs() -> QuerySet[Run]:
    return Run.objects.filter(state__in=UNFINISHED)


def good_imports(*, source_id: int) -> QuerySet[Run]:
    """The imports of a source that found it well."""
    return Run.objects.filter(source=source_id, purpose=Purpose.IMPORT, state__in=(State.SUCCEEDED, State.UNCHANGED))


def sizes_of_last_runs(*, source_id: int, count: int) -> list[int]:
    """How many networks the last good imports held, newest first."""
    newest = good_imports(source_id=source_id).order_by("-id")
    return list(newest.values_list("entries_merged", flat=True)[:count])


def doings(*, days: int) -> dict[int, dict[str, Any]]:
    """Of each source with imports in these days: how many, how many failed, and what they changed and rejected."""
    recent = Run.objects.filter(purpose=Purpose.IMPORT, queued_at__gte=Now() - timedelta(days=days))
    rows = (
        recent.order_by()
        .values("source")
        .annotate(
            imports=Count("id", filter=Q(state__in=(State.SUCCEEDED, State.UNCHANGED))),
            failures=Count("id", filter=Q(state=State.FAILED)),
            changed=Sum(F("added") + F("removed"), default=0, filter=Q(state=State.SUCCEEDED)),
            rejected=Sum("entries_rejected", default=0),
        )
    )
    return {row["source"]: {**row} for row in rows}


def due_sources() -> list[Source]:
    return list(Source.objects.filter(enabled=True, due_at__lte=Now()).order_by("due_at"))


def unfinished_run(*, source_id: int) -> Run | None:
    return Run.objects.filter(source=source_id, state__in=UNFINISHED).first()


def entries_page(*, address: str | None, source_id: int | None, cursor: str | None, page_size: int) -> Page[Entry]:
    """Entries of one source or all; with ``address``, those that contain it. Raises ``AddressInvalid``."""
    rows = Entry.objects.select_related("source")
    if source_id is not None:
        rows = rows.filter(source=source_id)
    if address is not None:
        # Found before they are sorted: PostgreSQL would rather walk through a million in the order of the page.
        rows = rows.filter(pk__in=_holding(address))
    filters = {"ip": address, "source": source_id}
    return page_of(rows, order=OLDEST_FIRST, filters=filters, cursor=cursor, page_size=page_size)


def versions(*, enforcement: Enforcement) -> list[tuple[int, int]]:
    """Each source that a back end enforces, by id, with the run that last changed what it holds."""
    return list(_enforced(enforcement).order_by("pk").values_list("pk", "version"))


def held_by_all(*, enforcement: Enforcement) -> Ranges:
    """What all sources that a back end enforces hold together, not merged."""
    return _read("source_id = ANY(%s)", [list(_enforced(enforcement).values_list("pk", flat=True))])


def held_by(*, source_id: int) -> Ranges:
    """What one source holds, as networks in order."""
    found = _read("source_id = %s", [source_id])
    return Ranges(np.sort(found.four), sorted(found.six))


def lists_holding(*, ip: str) -> list[Entry]:
    """The entries that contain this address or network, widest first, each with its source: why it is blocked,
    since when (``first_seen``, ``source.good_at``) and by whom. Raises ``AddressInvalid``."""
    found = Entry.objects.filter(pk__in=_holding(ip))
    return list(found.select_related("source").order_by("network", "source__name"))


def _holding(ip: str) -> list[int]:
    """A few: each source holds a network once. Raises ``AddressInvalid``."""
    with connection.cursor() as cursor:
        cursor.execute(CONTAINING, {"network": networks.text_of(networks.parse_network(ip))})
        return [pk for (pk,) in cursor.fetchall()]


def _enforced(enforcement: Enforcement) -> QuerySet[Source]:
    return Source.objects.filter(enabled=True, enforcement=enforcement)


def _read(condition: str, values: list[object]) -> Ranges:
    """Entries, a family at a time: tenths of a second for a million."""
    return cidrs.read(*(_copied(condition, values, family) for family in (4, 6)))


def _copied(condition: str, values: list[object], family: int) -> bytes:
    query = f"SELECT {cidrs.ALL} FROM blocklists_entry WHERE {condition} AND family(network) = {family}"  # noqa: S608
    with connection.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT binary)", values) as copy:
        return b"".join(copy)


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
        every=timetable.shortest_gap(row.schedule, row.zone).total_seconds() if row.schedule else None,
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


def newest_trial(*, server: Server) -> Trial | None:
    return Trial.objects.filter(server=server).order_by("-pk").first()


def pressing_trial() -> Trial | None:
    """The newest enforcement, while it waits for somebody, or stops all others since nobody came."""
    newest = Trial.objects.annotate(now=Now()).order_by("-pk").first()
    return newest if newest and (newest.open or newest.state == TrialState.TAKEN_BACK) else None


def trial(*, trial_id: int) -> Trial:
    """The enforcement with this id that has to be confirmed. Raises ``NotFound``."""
    found = Trial.objects.select_related("server", "run__source").annotate(now=Now()).filter(pk=trial_id).first()
    if found is None:
        raise NotFound("There is no enforcement with this id.", id=trial_id)
    return found


def trials_page(*, cursor: str | None, page_size: int) -> Page[Trial]:
    return page_of(Trial.objects.all(), order=NEWEST_FIRST, filters={}, cursor=cursor, page_size=page_size)


def open_trial(*, run: Run) -> Trial | None:
    """What of this run waits for a confirmation, or was taken back."""
    wanted = (TrialState.BEGUN, TrialState.ARMED, TrialState.TAKEN_BACK)
    return Trial.objects.filter(run=run, state__in=wanted).order_by("-pk").first()


def enforced(*, source: Source | None = None) -> list[Enforced]:
    """How each back end stands; with ``source`` only the one that enforces it."""
    rows = Enforced.objects.select_related("server").order_by("server", "enforcement")
    return list(rows if source is None else rows.filter(enforcement=source.enforcement))


def problems(*, server: Server) -> list[Enforced]:
    """The back ends of a server that are not as they should be."""
    return list(Enforced.objects.filter(server=server).exclude(problem=""))


def held_in(*, enforcement: str, but: Source) -> int:
    """How many networks the other enabled sources that a back end enforces hold, not merged."""
    others = Source.objects.filter(enabled=True, enforcement=enforcement).exclude(pk=but.pk)
    return int(others.aggregate(whole=Sum("held", default=0))["whole"])
