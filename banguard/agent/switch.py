"""The dead man's switch: what a person enforces is taken back unless that person says that they are still there.

It is held here, on the guarded machine, because everything else may be out of reach by then: the browser, the web
server, the worker, the database. It is armed before the first effect, armed anew after each, and kept in a file, so
that it also survives the agent. After a restart of the machine an armed trial is taken back at once.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from banguard.agent.kernel_verbs import Trial, TrialHeld, TrialState
from banguard.agent.shelf import Shelf
from banguard.core.errors import BanGuardError, Conflict

STATE = "trial"
AGAIN = 2.0  # seconds after a try to take back that failed
_BOOT = Path("/proc/sys/kernel/random/boot_id")
log = structlog.get_logger("banguard.agent")


class Switch:
    """``undo`` takes back what was done under a trial; ``forget`` throws away what it would need for that."""

    def __init__(self, shelf: Shelf, *, undo: Callable[[], None], forget: Callable[[], None]) -> None:
        self._shelf, self._undo, self._forget = shelf, undo, forget
        self._turn = threading.RLock()
        self._timer: threading.Timer | None = None

    @contextmanager
    def under(self, trial: Trial | None) -> Iterator[None]:
        """The block of one effect. Raises ``Conflict`` when the trial is over, taken back."""
        if trial is None:
            yield
            return
        with self._turn:
            state = self.held()
            if state.number == trial.number and state.state == "taken_back":
                raise Conflict("Nobody has confirmed this in time; it was taken back.", trial=trial.number)
            armed = not (state.number == trial.number and state.state == "kept")
            if armed:
                self._arm(trial)
            try:
                yield
            finally:
                if armed:
                    self._arm(trial)  # the time counts from the end of what may take long

    def keep(self, number: int) -> TrialHeld:
        """Whoever started it is still there. What was taken back already stays so: look at the answer."""
        with self._turn:
            state = self.held()
            if state.number == number and state.state == "armed":
                self._end("kept")
                self._forget()
            return self.held()

    def held(self) -> TrialHeld:
        try:
            kept = json.loads(self._shelf.read(STATE) or b"{}")
            remaining = kept["deadline"] - _now() if kept["state"] == "armed" and kept["boot"] == _boot() else 0
            return TrialHeld(number=kept["number"], state=kept["state"], remaining=max(0, remaining))
        except (ValueError, KeyError, TypeError):
            return TrialHeld()

    def resume(self) -> None:
        """After a start of the agent: go on with what was armed."""
        with self._turn:
            state = self.held()
            if state.state == "armed":
                self._after(state.remaining)
            else:
                self._forget()  # what was left by an agent that was killed as a trial ended belongs to no later one

    def stop(self) -> None:
        if self._timer:
            self._timer.cancel()

    def _arm(self, trial: Trial) -> None:
        self._write(trial.number, "armed", _now() + trial.seconds)
        self._after(trial.seconds)

    def _after(self, seconds: float) -> None:
        self.stop()
        self._timer = threading.Timer(seconds, self._run_out)
        self._timer.daemon = True
        self._timer.start()

    def _run_out(self) -> None:
        with self._turn:
            state = self.held()
            if state.state != "armed":
                return
            if state.remaining > 0:  # armed anew while this waited for its turn
                self._after(state.remaining)
                return
            try:
                self._undo()
                self._end("taken_back")
                self._forget()
            except (BanGuardError, OSError) as error:
                log.error("trial_not_taken_back", trial=state.number, reason=str(error))
                self._after(AGAIN)

    def _end(self, state: TrialState) -> None:
        number = self.held().number
        self._write(number, state, 0)
        self.stop()
        log.warning("trial_ended", trial=number, state=state)

    def _write(self, number: int, state: TrialState, deadline: float) -> None:
        kept = {"number": number, "state": state, "deadline": deadline, "boot": _boot()}
        self._shelf.write(STATE, json.dumps(kept).encode("ascii"))


def _now() -> float:
    """Seconds since the machine's start: no change of the clock moves it, and it counts while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def _boot() -> str:
    try:
        return _BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return ""
