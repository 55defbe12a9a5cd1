"""Keeps services running in one loop without threads, and stops them in order so that no process is left."""

from __future__ import annotations

import select
import selectors
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import groupby
from pathlib import Path

from banguard.machine import leftovers, signals
from banguard.machine.child import Child, Service

_TURN = 0.1  # seconds; also how soon a signal is noticed


class Supervisor:
    """``record`` is a file that lists the process groups, for a later start to find what a killed one left."""

    def __init__(self, record: Path) -> None:
        self._record = record
        self._selector = selectors.DefaultSelector()
        self._children: list[Child] = []
        self._stopping = False

    def start(self, service: Service) -> Child:
        child = Child(service)
        self._children.append(child)
        self._launch(child)
        return child

    def run_until(self, condition: Callable[[], bool], seconds: float, *, every: float = 0.0) -> bool:
        """Whether ``condition``, asked ``every`` so many seconds, became true in time. Raises ``Stopped``."""
        deadline = time.monotonic() + seconds
        while not condition():
            signals.raise_if_stopped()
            if time.monotonic() > deadline:
                return False
            self._turn_for(every)
        return True

    def run(self) -> None:
        """Runs until a signal comes; then raises ``Stopped``."""
        while True:
            signals.raise_if_stopped()
            self._turn()

    def stop(self) -> None:
        """Stops all, rank by rank. Another signal meanwhile hurries: what is left is killed, PostgreSQL excepted."""
        self._stopping = True
        self._children.sort(key=lambda child: child.service.rank)
        before = len(signals.received())
        for _rank, children in groupby(self._children, key=lambda child: child.service.rank):
            self._stop_together(list(children), before)
        self._record.unlink(missing_ok=True)

    def _stop_together(self, children: list[Child], before: int) -> None:
        for child in children:
            child.ask_to_stop()
        begun = time.monotonic()
        while left := [child for child in children if child.running]:
            self._turn()
            hurried = len(signals.received()) > before
            for child in left:
                if child.running and time.monotonic() - begun > child.service.patience(hurried=hurried):
                    child.kill()

    def _turn_for(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        self._turn()
        while time.monotonic() < until:
            self._turn()

    def _turn(self) -> None:
        for key, _events in self._selector.select(_TURN):
            child: Child = key.data
            if not child.listen():
                self._selector.unregister(key.fileobj)
        for child in self._children:
            self._look_after(child)

    def _look_after(self, child: Child) -> None:
        if child.process and child.process.poll() is not None:
            self._hear_out(child)
            child.bury(expected=self._stopping)
        if child.due is not None and time.monotonic() >= child.due:
            self._launch(child)

    def _hear_out(self, child: Child) -> None:
        """Its last words: what still stands in the pipe, without waiting for others that hold the pipe open."""
        output = child.process.stdout if child.process else None
        if output is None:
            return
        with suppress(KeyError):
            self._selector.unregister(output)
        while select.select([output], [], [], 0)[0] and child.listen():
            pass

    def _launch(self, child: Child) -> None:
        process = child.start()
        if process.stdout:
            self._selector.register(process.stdout, selectors.EVENT_READ, child)
        leftovers.note(self._record, process.pid)
