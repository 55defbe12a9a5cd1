"""One import, from being asked for to its end: fetch, parse, merge, store, enforce."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import structlog
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from banguard.accounts import services as accounts
from banguard.blocklists import fetch, merge, parse, selectors, store
from banguard.blocklists.models import Run, Source
from banguard.blocklists.services import enforcing
from banguard.blocklists.values import Enforcement, Merged, Stage, State, Stored, Validators
from banguard.core import jobs, locks
from banguard.core.errors import BanGuardError, LockBusy, LockLost
from banguard.core.locks import Held
from banguard.servers import services as servers

log = structlog.get_logger(__name__)

TASK = "banguard.blocklists.tasks.run_import"
SCHEDULED_TASK = "banguard.blocklists.tasks.import_source"
LOST_AFTER = timedelta(minutes=1)  # a task that no worker took by then may have been lost


def request_run(*, source_id: int, asked_by: str) -> Run:
    """Queue an import of this source. Raises ``LockBusy`` while one is queued or running."""
    source = selectors.source(source_id=source_id)
    settle(source=source)
    with transaction.atomic():
        run = _new_run(source, asked_by)
        jobs.enqueue(TASK, run.pk)
        accounts.record(action="source.import", target=source.name, after={"run": run.pk})
    return selectors.run(run_id=run.pk)


def _new_run(source: Source, asked_by: str) -> Run:
    try:
        with transaction.atomic():
            return Run.objects.create(source=source, asked_by=asked_by[:150])
    except IntegrityError as error:
        raise _busy(source) from error


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
    for source in Source.objects.filter(runs__in=Run.objects.filter(finished_at=None)).distinct():
        settle(source=source)


def run_import(*, run_id: int) -> None:
    """Carry out a queued run. Delivered twice, it does its work once; every end is written into the run."""
    run = selectors.run(run_id=run_id)
    with locks.hold(locks.IMPORT, run.source_id) as held:
        import_ = _Import(run, held)
        if not import_.claim():
            log.info("run_delivered_again", run=run.pk)
            return
        structlog.contextvars.bind_contextvars(run_id=run.pk)
        with import_.told():
            import_.finish(import_.carry_out())


def import_now(*, source_id: int, asked_by: str) -> Run:
    """Import in this process, without the queue. Raises ``LockBusy`` while one is queued or running."""
    source = selectors.source(source_id=source_id)
    settle(source=source)
    run = _new_run(source, asked_by)
    run_import(run_id=run.pk)
    return selectors.run(run_id=run.pk)


class _Import:
    """One run under its lock. Whatever it writes, it writes with the lock proved."""

    def __init__(self, run: Run, held: Held) -> None:
        self.run, self.source, self.held = run, run.source, held

    def claim(self) -> bool:
        """Make the queued run ours; False if it was carried out already."""
        with self.held.writing():
            queued = Run.objects.filter(pk=self.run.pk, state=State.QUEUED)
            return bool(queued.update(state=State.RUNNING, started_at=Now()))

    def carry_out(self) -> State:
        """The stages in their order; returns how it ended."""
        stored = self._renew()
        self.held.check()
        if self.source.enforcement != Enforcement.JAIL or not self.source.enabled:
            return State.SUCCEEDED if stored.added or stored.removed else State.UNCHANGED
        self._note(stage=Stage.ENFORCE)
        total, changes = enforcing.enforce_wanted(
            server=servers.local(), progress=lambda done, whole: self._note(done_enforcing=done, to_enforce=whole)
        )
        self._note(enforced=total)
        return State.SUCCEEDED if stored.added or stored.removed or changes else State.UNCHANGED

    def _renew(self) -> Stored:
        """Bring the source's entries up to date with its feed."""
        self._note(stage=Stage.FETCH)
        validators = Validators(self.source.etag, self.source.last_modified)
        with fetch.fetched(url=self.source.url, validators=validators) as fetched:
            self._note(bytes_read=fetched.size, http_status=fetched.status)
            if fetched.path is None:
                return Stored(added=0, removed=0)
            merged = self._read(fetched.path)
            self._note(stage=Stage.STORE)
            stored = store.entries(source=self.source, merged=merged, validators=fetched.validators, held=self.held)
        self._note(added=stored.added, removed=stored.removed)
        return stored

    def _read(self, path: Path) -> Merged:
        self._note(stage=Stage.PARSE)
        parsed = parse.parse(path)
        samples = [{"line": one.line, "text": one.text, "reason": one.reason} for one in parsed.samples]
        self._note(stage=Stage.MERGE, entries_read=parsed.read, entries_rejected=parsed.rejected, samples=samples)
        protected = servers.protected_networks(server=servers.local()).networks
        merged = merge.merge(parsed.spans, protected=protected)
        self._note(entries_merged=len(merged.networks), protected=merged.protected)
        return merged

    @contextmanager
    def told(self) -> Iterator[None]:
        """Write a failure into the run, whatever it was; what nobody foresaw is raised on, to the log."""
        try:
            yield
        except LockLost as error:  # the run is no longer ours to write; settle() tells that it was interrupted
            log.error("run_lost_its_lock", run=self.run.pk, reason=error.message)
        except BanGuardError as error:
            log.warning("run_failed", run=self.run.pk, error_code=error.code, reason=error.message)
            self.finish(State.FAILED, error=error.message, error_code=error.code)
        except BaseException:
            self.finish(
                State.INTERRUPTED, error="The import broke off; the log says why. Importing again completes it."
            )
            raise

    def finish(self, state: State, **values: object) -> None:
        if state in {State.SUCCEEDED, State.UNCHANGED}:
            values["stage"] = Stage.DONE
        self._note(state=state, finished_at=Now(), **values)
        log.info("run_finished", run=self.run.pk, source=self.source.name, state=state.value)

    def _note(self, **values: object) -> None:
        """How far it is, for whoever watches. Raises ``LockLost``."""
        with self.held.writing():
            Run.objects.filter(pk=self.run.pk, state=State.RUNNING).update(**values)


def _busy(source: Source) -> LockBusy:
    run = selectors.unfinished_run(source_id=source.pk)
    if run is None:
        return LockBusy("An import of this source has just ended; ask again.", source=source.pk)
    doing = f"is {run.stage}" if run.stage else "is queued"
    since = run.started_at or run.queued_at
    return LockBusy(
        f"An import of “{source.name}” {doing} already.", lock="import", run=run.pk, since=since.isoformat()
    )
