"""One run, from being asked for to its end: fetch, parse, merge, hold, store, enforce."""

from __future__ import annotations

import structlog
from django.db.models import F
from django.db.models.functions import Now

from banguard.blocklists import selectors, store
from banguard.blocklists.models import Run, Source
from banguard.blocklists.services import asking, clock, enforcing, forgetting, holding, intake, previews
from banguard.blocklists.services.asking import LOST_AFTER, TASK, request_run, settle, settle_all
from banguard.blocklists.services.telling import Teller
from banguard.blocklists.values import Enforcement, Purpose, Renewal, Stage, State, Stored, Validators
from banguard.core import jobs, locks
from banguard.core.errors import FeedRefused
from banguard.servers import services as servers

__all__ = ["LOST_AFTER", "TASK", "import_now", "request_run", "run_import", "settle", "settle_all"]

log = structlog.get_logger(__name__)


def run_import(*, run_id: int) -> None:
    """Carry out a queued run. Delivered twice, it does its work once; every end is written into the run."""
    run = selectors.run(run_id=run_id)
    with locks.hold(locks.IMPORT, run.source_id) as held:
        teller = Teller(run, held)
        if not teller.claim():
            log.info("run_delivered_again", run=run.pk)
            return
        structlog.contextvars.bind_contextvars(run_id=run.pk)
        with teller.told():
            _carry_out(teller)
    if teller.handed_back:  # once the lock is free for whoever takes it up
        jobs.enqueue(TASK, run.pk)
        return
    clock.plan(source_id=run.source_id, wait=teller.wait)
    forgetting.forget_old(source_id=run.source_id)


def import_now(*, source_id: int, asked_by: str) -> Run:
    """Import in this process, without the queue. Raises ``LockBusy`` while one is queued or running."""
    source = selectors.source(source_id=source_id)
    asking.settle(source=source)
    asking.refuse_too_soon(source)
    run = asking.new_run(source, asked_by)
    run_import(run_id=run.pk)
    return selectors.run(run_id=run.pk)


def _carry_out(teller: Teller) -> None:
    run, source = teller.run, teller.run.source
    if run.purpose == Purpose.PREVIEW:
        found = previews.look(teller)
        with teller.held.writing():
            holding.withhold(run=run, renewal=found)
        teller.finish(State.SUCCEEDED)
        return
    stored = _renewed(teller, source)
    if stored is None:
        return
    changes = _enforced(teller, source)
    teller.finish(State.SUCCEEDED if stored.added or stored.removed or changes else State.UNCHANGED)


def _renewed(teller: Teller, source: Source) -> Stored | None:
    """Bring the source's entries up to date with its feed; None: it was held."""
    found = holding.brought(run=teller.run) or _taken(teller, source)
    if isinstance(found, Validators):
        return _nothing_new(teller, source, found)
    reasons = [] if teller.run.accepted else holding.reasons(source, found.networks)
    if reasons:
        _hold(teller, found, reasons)
        return None
    with teller.stage(Stage.STORE):
        stored = store.entries(source=source, renewal=found, run_id=teller.run.pk, held=teller.held)
    teller.note(added=stored.added, removed=stored.removed, kept=stored.kept)
    return stored


def _taken(teller: Teller, source: Source) -> Renewal | Validators:
    try:
        return intake.take(teller, source)
    except FeedRefused as error:
        with teller.held.writing():
            Source.objects.filter(pk=source.pk).update(failures=F("failures") + 1)
        wait = error.details.get("retry_after")
        teller.wait = wait if isinstance(wait, int) else 0
        raise


def _nothing_new(teller: Teller, source: Source, validators: Validators) -> Stored:
    """The feed is what it was: every entry was seen again, and none is written."""
    known = {"etag": validators.etag, "last_modified": validators.last_modified}
    with teller.held.writing():
        Source.objects.filter(pk=source.pk).update(**known, good_at=Now(), failures=0)
    teller.note(entries_merged=source.held, kept=source.held)
    return Stored(added=0, removed=0, kept=source.held)


def _hold(teller: Teller, found: Renewal, reasons: list[str]) -> None:
    with teller.held.writing():
        holding.withhold(run=teller.run, renewal=found)
    previews.describe(teller, found.networks)
    teller.finish(State.HELD, hold_reasons=reasons, error=" ".join(reasons))


def _enforced(teller: Teller, source: Source) -> int:
    """How many changes the server took."""
    teller.held.check()
    if source.enforcement == Enforcement.NONE or not source.enabled:
        return 0
    with teller.stage(Stage.ENFORCE):
        total, changes = enforcing.enforce_wanted(server=servers.local())
    teller.note(enforced=total)
    return changes
