"""The handler that takes lines from ``logging``, and the thread that ships them.

Nothing that logs ever waits for the platform. A forked process begins anew, with a thread and a backlog of its
own; what its parent had not yet shipped, the parent ships.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import threading
from collections.abc import Mapping
from multiprocessing.util import Finalize

import structlog

from banguard.core.shipping.backlog import Backlog, Line
from banguard.core.shipping.destination import Destination, Maker
from banguard.core.shipping.http import Elasticsearch, Otlp
from banguard.core.shipping.syslog import Syslog

MAKERS: dict[str, Maker] = {
    "syslog+tcp": Syslog,
    "syslog+tls": Syslog,
    "otlp+http": Otlp,
    "otlp+https": Otlp,
    "elasticsearch+http": Elasticsearch,
    "elasticsearch+https": Elasticsearch,
}
BATCH = 500  # lines
IDLE = 0.5  # seconds between two looks at a connection that nothing is sent on
PAUSE, LONGEST_PAUSE = 0.5, 10.0  # seconds until the next try, doubled each time
FLUSH = 5.0  # seconds for what is left when the process ends

log = structlog.get_logger(__name__)


class Shipper(logging.Handler):
    """``url`` is BANGUARD_LOG_SHIPPING_URL, ``headers`` go with every HTTP request."""

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        super().__init__()
        self._url, self._headers = url, headers
        self._crew: _Crew | None = None

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = Line(record.created, record.levelno, self.format(record))
        except Exception:  # noqa: BLE001 - logging's own rule: whatever is wrong with a line must not end its writer
            self.handleError(record)
            return
        self._own_crew().backlog.put(line)

    def _own_crew(self) -> _Crew:
        """Of this process. ``logging`` lets one thread at a time in here."""
        if self._crew is None or self._crew.process != os.getpid():
            scheme = self._url.partition("://")[0]
            self._crew = _Crew(MAKERS[scheme](self._url, self._headers))
            if multiprocessing.parent_process() is not None:
                Finalize(None, self.close, exitpriority=0)  # such a process skips logging's own end
        return self._crew

    def close(self) -> None:
        """Ship what is left, for some seconds at most."""
        if self._crew is not None and self._crew.process == os.getpid():
            self._crew.finish()
        super().close()


class _Crew:
    """A backlog, and the thread that empties it."""

    def __init__(self, destination: Destination) -> None:
        self.process = os.getpid()
        self.backlog = Backlog()
        self._destination = destination
        self._ending = threading.Event()
        self._failed = False
        self._thread = threading.Thread(target=self._run, name="log-shipping", daemon=True)
        self._thread.start()

    def finish(self) -> None:
        self._ending.set()
        self.backlog.wake()
        self._thread.join(timeout=FLUSH)

    def _run(self) -> None:
        pause = PAUSE
        while not (self._ending.is_set() and self._emptied()):
            try:
                self._ship()
                pause = PAUSE
            except OSError as error:
                self.backlog.again()
                self._tell_failure(error)
                self._ending.wait(0.1 if self._ending.is_set() else pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    def _emptied(self) -> bool:
        """Whether nothing is left, once the receiver had the time to read to the end."""
        if not self.backlog.waiting:
            self._destination.close()
            self.backlog.settle(0)
        return not self.backlog.waiting

    def _ship(self) -> None:
        self._destination.check()
        self.backlog.settle(self._destination.settles_after)
        lines = self.backlog.take(BATCH, wait=0 if self._ending.is_set() else IDLE)
        if not lines:
            return
        outcome = self._destination.send(lines)
        if outcome.refused or outcome.again:
            self.backlog.part(refused=outcome.refused, again=outcome.again)
        if outcome.again:
            raise ConnectionError("the platform takes some of the lines later")
        self._tell_success()

    def _tell_failure(self, error: OSError) -> None:
        """Once, until it works again."""
        if not self._failed:
            self._failed = True
            log.warning("log_shipping_failed", reason=str(error) or type(error).__name__, waiting=len(self.backlog))

    def _tell_success(self) -> None:
        dropped, self.backlog.dropped = self.backlog.dropped, 0
        if self._failed:
            self._failed = False
            log.warning("log_shipping_recovered", dropped=dropped)
        elif dropped:
            log.warning("log_lines_refused", dropped=dropped)
