"""Stopping a run that looks wrong before it does anything, and what a person then says."""

from __future__ import annotations

import zlib
from datetime import timedelta
from statistics import median

import numpy as np
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now

from banguard.accounts import services as accounts
from banguard.blocklists import hits, selectors
from banguard.blocklists.models import Run, Source, Withheld
from banguard.blocklists.services import asking
from banguard.blocklists.values import Purpose, Renewal, State, Validators
from banguard.core import cidrs, jobs, ranges
from banguard.core.errors import Conflict, FeedTooSoon
from banguard.core.ranges import Ranges

LAST_RUNS = 10
FEW = 5  # a change of less is no sign of anything, whatever its share
FRESH = timedelta(days=1)  # how long a preview can be taken up
SHOWN = 5  # addresses in a reason
REPLACED = "A later import has taken the place of what was held."


def reasons(source: Source, networks: Ranges) -> list[str]:
    """Why a person should look before this is enforced; empty when nobody need."""
    return [*_size(source, len(networks)), *_signed_in(networks)]


def _size(source: Source, now: int) -> list[str]:
    before = selectors.sizes_of_last_runs(source_id=source.pk, count=LAST_RUNS)
    usual = median(before) if before else 0
    if not usual or abs(now - usual) < FEW:
        return []
    percent = round(100 * abs(now - usual) / usual)
    limit = source.shrink_percent if now < usual else source.grow_percent
    if not limit or percent <= limit:
        return []
    way = "shrank" if now < usual else "grew"
    return [
        f"The list {way} by {percent} %: it holds {now} networks, and lately held {usual:.0f}; the limit is {limit} %."
    ]


def _signed_in(networks: Ranges) -> list[str]:
    """Only those that may be blocked at all: the others are spared anyway."""
    struck = ranges.split(ranges.intersect(hits.signed_in(), ranges.union(networks)))
    if not len(struck):
        return []
    shown = ", ".join(text for text, _ in zip(ranges.texts(struck), range(SHOWN), strict=False))
    return [f"It would block {len(struck)} address(es) from which somebody signed in to the server of late: {shown}."]


def withhold(*, run: Run, renewal: Renewal) -> None:
    """Keep what the run would have stored. Of one source only the newest is kept, and its newest preview."""
    Withheld.objects.filter(run__source=run.source_id, run__purpose=run.purpose).delete()
    Withheld.objects.create(
        run=run,
        four=zlib.compress(renewal.networks.four.tobytes(), 1),
        six=zlib.compress(cidrs.packed6(renewal.networks.six), 1),
        etag=renewal.validators.etag,
        last_modified=renewal.validators.last_modified,
        digest=renewal.digest,
    )


def brought(*, run: Run) -> Renewal | None:
    """What ``run`` is to store without asking the feed: it was held or looked at. None: the feed is to be asked.

    Raises ``Conflict`` when somebody accepted it, and a later run has replaced it.
    """
    found = Withheld.objects.filter(run=run).first()
    if found is None and run.accepted:
        raise Conflict(REPLACED)
    return _renewal(found) if found else None


def _renewal(found: Withheld) -> Renewal:
    four = np.frombuffer(zlib.decompress(found.four), np.uint64)
    six = cidrs.unpacked6(zlib.decompress(found.six))
    return Renewal(Ranges(four, six), Validators(found.etag, found.last_modified), found.digest)


def accept(*, run_id: int, decided_by: str, confirm_within: int | None = None) -> Run:
    """Carry out what was held, just as it was looked at. Raises ``Conflict`` if it is not held, or was replaced."""
    run = _held(run_id)
    with accounts.told(action="run.accept", target=run.source.name, before={"run": run_id}):
        asking.settle(source=run.source)
        if not Withheld.objects.filter(run=run).exists():
            raise Conflict(REPLACED)
        with transaction.atomic():
            values = {"decided_by": decided_by[:150], "accepted": True, "confirm_within": confirm_within}
            _decide(run, State.QUEUED, queued_at=Now(), finished_at=None, error="", **values)
            jobs.enqueue(asking.TASK, run.pk)
    return selectors.run(run_id=run_id)


def discard(*, run_id: int, decided_by: str) -> Run:
    """Forget what was held; the source keeps what it holds. Raises ``Conflict`` if it is not held."""
    run = _held(run_id)
    with accounts.told(action="run.discard", target=run.source.name, before={"run": run_id}), transaction.atomic():
        _decide(run, State.FAILED, decided_by=decided_by[:150], error=f"{decided_by} discarded what was held.")
        Withheld.objects.filter(run=run).delete()
    return selectors.run(run_id=run_id)


def take_up(*, source_id: int, asked_by: str, confirm_within: int | None = None) -> Run:
    """Import what somebody looked at in a preview, just so, without asking its provider again, who may want hours
    between.

    Raises ``LockBusy``. After a day, or when nothing was kept, the feed is fetched anew, which may be too soon.
    """
    values = {"accepted": True, "decided_by": asked_by[:150], "confirm_within": confirm_within}
    found = _taken_up(selectors.source(source_id=source_id), asked_by, values)
    return found or asking.request_run(source_id=source_id, asked_by=asked_by, confirm_within=confirm_within)


def request_import(*, source_id: int, asked_by: str, confirm_within: int | None = None) -> Run:
    """Import the feed, or, while its provider is not to be asked again yet, what the preview before brought.

    Nobody need have looked at that: it may be held, as what is fetched may. Raises ``LockBusy``, ``FeedTooSoon``.
    """
    try:
        return asking.request_run(source_id=source_id, asked_by=asked_by, confirm_within=confirm_within)
    except FeedTooSoon:
        source = selectors.source(source_id=source_id)
        if found := _taken_up(source, asked_by, {"confirm_within": confirm_within}):
            return found
        raise


def _taken_up(source: Source, asked_by: str, values: dict[str, object]) -> Run | None:
    """A run with what the newest preview brought, unless an import was asked for since: that knows more."""
    asking.settle(source=source)
    later = Run.objects.filter(source=source, purpose=Purpose.IMPORT, pk__gt=OuterRef("run"))
    with transaction.atomic():
        kept = Withheld.objects.select_for_update().filter(
            ~Exists(later), run__source=source, run__purpose=Purpose.PREVIEW, run__finished_at__gt=Now() - FRESH
        )
        seen = kept.values_list("run", flat=True).first()
        if seen is None:
            return None
        run = asking.new_run(source, asked_by, **values)
        Withheld.objects.filter(run=seen).update(run=run)
        jobs.enqueue(asking.TASK, run.pk)
        accounts.record(action="source.import", target=source.name, after={"run": run.pk, "preview": seen})
    return selectors.run(run_id=run.pk)


def _held(run_id: int) -> Run:
    run = selectors.run(run_id=run_id)
    if run.state != State.HELD:
        raise Conflict(f"This run is not held: it is {run.state}.", state=run.state)
    return run


def _decide(run: Run, state: State, **values: object) -> None:
    """Of two who decide at once, one does."""
    if selectors.unfinished_run(source_id=run.source_id):
        raise Conflict("An import of this source is under way. Wait for it to end.")
    if not Run.objects.filter(pk=run.pk, state=State.HELD).update(state=state, **values):
        raise Conflict("Somebody else has decided this meanwhile.")
