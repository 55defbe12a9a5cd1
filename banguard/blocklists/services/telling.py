"""Writing into a run how far it is. Whatever is written, is written with the lock proved."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.db.models.functions import Now

from banguard.blocklists.models import Run, Source
from banguard.blocklists.values import Stage, State
from banguard.core import stopping
from banguard.core.errors import BanGuardError, LockLost, WorkerStopping
from banguard.core.locks import Held

log = structlog.get_logger(__name__)

PROGRESS_EVERY = 0.5  # seconds


class Teller:
    """One run under its lock."""

    def __init__(self, run: Run, held: Held) -> None:
        self.run, self.held = run, held
        self._seconds: dict[str, float] = {}
        self._told_at = 0.0
        self.wait = 0  # seconds that the feed's server wants to be left alone
        self.handed_back = False  # the worker stops: somebody else is to carry it out

    def claim(self) -> bool:
        """Make the queued run ours; False if it was carried out already."""
        with self.held.writing():
            queued = Run.objects.filter(pk=self.run.pk, state=State.QUEUED)
            return bool(queued.update(state=State.RUNNING, started_at=Now()))

    def note(self, **values: object) -> None:
        """How far it is, for whoever watches. Raises ``LockLost``."""
        with self.held.writing():
            Run.objects.filter(pk=self.run.pk, state=State.RUNNING).update(**values)

    @contextmanager
    def stage(self, stage: Stage) -> Iterator[None]:
        """What is done inside is this stage: told while it lasts, and how long it took afterwards."""
        stopping.check()
        begun = time.monotonic()
        self.note(stage=stage, stage_done=0, stage_whole=0)
        yield
        self._seconds[stage.value] = round(time.monotonic() - begun, 3)
        self.note(seconds=self._seconds)

    def progress(self, done: int, whole: int = 0) -> None:
        """Tell of it now and then, whatever the pace."""
        if time.monotonic() - self._told_at > PROGRESS_EVERY:
            stopping.check()
            self.held.check()
            self._told_at = time.monotonic()
            self.note(stage_done=done, stage_whole=whole)

    def finish(self, state: State, **values: object) -> None:
        if state in {State.SUCCEEDED, State.UNCHANGED}:
            values["stage"] = Stage.DONE
        self.note(state=state, finished_at=Now(), **values)
        log.info("run_finished", run=self.run.pk, source=self.run.source.name, state=state.value)

    @contextmanager
    def told(self) -> Iterator[None]:
        """Write a failure into the run, whatever it was; what nobody foresaw is raised on, to the log."""
        try:
            yield
        except WorkerStopping:
            self._hand_back()
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

    def _hand_back(self) -> None:
        """Queued again, as if nobody had begun: what was stored is there, and the next one compares."""
        log.info("run_handed_back", run=self.run.pk)
        with self.held.writing():
            # Asking its provider again at once is not what the limit is against.
            Source.objects.filter(pk=self.run.source_id).update(asked_at=None)
            mine = Run.objects.filter(pk=self.run.pk, state=State.RUNNING)
            self.handed_back = bool(mine.update(state=State.QUEUED, stage="", started_at=None, queued_at=Now()))
