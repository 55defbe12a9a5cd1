"""Asking for an import or a preview, and the truth about those that were asked for."""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils import timezone

from banguard.accounts import services as accounts
from banguard.blocklists import selectors
from banguard.blocklists.models import Run, Source
from banguard.blocklists.values import Kind, Purpose, State
from banguard.core import jobs, locks
from banguard.core.errors import FeedTooSoon, LockBusy

log = structlog.get_logger(__name__)

TASK = "banguard.blocklists.tasks.run_import"
LOST_AFTER = timedelta(minutes=1)  # a task that no worker took by then may have been lost


def request_run(
    *, source_id: int, asked_by: str, purpose: Purpose = Purpose.IMPORT, confirm_within: int | None = None
) -> Run:
    """Queue an import or a preview of this source.

    ``confirm_within``: seconds in which what it enforces has to be confirmed, or else is taken back. Raises
    ``LockBusy`` while one is queued or running, ``FeedTooSoon`` when its provider wants more time.
    """
    source = selectors.source(source_id=source_id)
    settle(source=source)
    refuse_too_soon(source)
    with transaction.atomic():
        run = new_run(source, asked_by, purpose=purpose, confirm_within=confirm_within)
        jobs.enqueue(TASK, run.pk)
        accounts.record(action=f"source.{purpose}", target=source.name, after={"run": run.pk})
    return selectors.run(run_id=run.pk)


def new_run(source: Source, asked_by: str, **values: object) -> Run:
    """A queued run. Raises ``LockBusy`` while there is one already."""
    try:
        with transaction.atomic():
            return Run.objects.create(source=source, asked_by=asked_by[:150], **values)
    except IntegrityError as error:
        raise _busy(source) from error


def refuse_too_soon(source: Source) -> None:
    """Raise ``FeedTooSoon`` while the provider does not want to be asked again."""
    if source.kind != Kind.URL or source.asked_at is None or not source.min_interval:
        return
    wait = source.asked_at + timedelta(seconds=source.min_interval) - timezone.now()
    if wait > timedelta(0):
        seconds = int(wait.total_seconds()) + 1
        raise FeedTooSoon(
            f"The provider of “{source.name}” wants {source.min_interval} s between two requests. Wait {seconds} s.",
            retry_after=seconds,
        )


def settle(*, source: Source) -> None:
    """Tell the truth about an unfinished run: interrupted if nobody works on it, asked for again if it got lost."""
    run = selectors.unfinished_run(source_id=source.pk)
    if run is None or locks.is_held(locks.IMPORT, source.pk):
        return
    if run.state == State.RUNNING:
        log.warning("run_interrupted", run=run.pk, source=source.name)
        Run.objects.filter(pk=run.pk, state=State.RUNNING).update(
            state=State.INTERRUPTED,
            finished_at=Now(),
            error="The worker was stopped in the middle. Importing again completes it.",
        )
    elif Run.objects.filter(pk=run.pk, queued_at__lt=Now() - LOST_AFTER).update(queued_at=Now()):
        jobs.enqueue(TASK, run.pk)


def settle_all() -> None:
    """The same for every source; a schedule asks for it each minute."""
    for source in Source.objects.filter(runs__in=selectors.unfinished_runs()).distinct():
        settle(source=source)


def _busy(source: Source) -> LockBusy:
    run = selectors.unfinished_run(source_id=source.pk)
    if run is None:
        return LockBusy("An import of this source has just ended; ask again.", source=source.pk)
    return busy(run)


def busy(run: Run) -> LockBusy:
    """That an unfinished run is in the way, and how far it is."""
    since = run.started_at or run.queued_at
    said = f"An import of “{run.source.name}” is {run.stage or State.QUEUED} already."
    return LockBusy(said, lock="import", run=run.pk, since=since.isoformat())
