"""The thread that keeps proving that a lock is still ours."""

from __future__ import annotations

import threading
import time
from typing import Any

import psycopg
import structlog
from django.conf import settings

from banguard.core import lock_metrics as metrics
from banguard.core import sessions

log = structlog.get_logger(__name__)

# A write under the lock keeps the lease's row locked until it commits; the beat passes over it then, and
# proves the lock alone.
BEAT = """
WITH row AS (
    SELECT id FROM core_lease WHERE lock = %(lock)s AND subject = %(id)s AND token = %(token)s
    FOR NO KEY UPDATE SKIP LOCKED
), beat AS (
    UPDATE core_lease SET heartbeat_at = clock_timestamp() FROM row WHERE core_lease.id = row.id
)
SELECT EXISTS (
    SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid = pg_backend_pid()
    AND classid = %(key)s::oid AND objid = %(id)s::oid AND objsubid = 2)
"""


class Heartbeat:
    """Beats on ``session`` until it is stopped, or the lock ``key`` is found lost.

    ``names``: the lease's lock, id and token. Times are of the monotonic clock, which no clock change moves and
    which goes on while a process is stopped.
    """

    def __init__(self, session: psycopg.Connection[Any], key: int, names: dict[str, object]) -> None:
        self._session, self._names = session, names
        self._parameters = {**names, "key": key}
        self._confirmed = time.monotonic()
        self._lost, self._stopped = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"heartbeat-{names['lock']}", daemon=True)
        self._thread.start()

    def alive(self) -> bool:
        """Whether the lock was confirmed within the deadline and not found lost since."""
        if not self._lost.is_set() and time.monotonic() - self._confirmed > settings.LOCK_DEADLINE:
            self._lose("no heartbeat within the deadline")
        return not self._lost.is_set()

    def stop(self) -> None:
        """Beat no more. Returns once the session is no longer used; a beat that hangs ends within the deadline."""
        self._stopped.set()
        self._thread.join(timeout=settings.LOCK_DEADLINE)

    def _run(self) -> None:
        while not self._stopped.wait(settings.LOCK_HEARTBEAT):
            asked = time.monotonic()
            try:
                ours = self._beat()
            except psycopg.Error as error:
                if not self._stopped.is_set():
                    metrics.HEARTBEAT_FAILURES.labels(self._names["lock"]).inc()
                    self._lose(str(error).strip())
                return
            if not ours:
                self._lose("PostgreSQL says that this session does not hold it")
                return
            self._confirmed = asked  # what PostgreSQL said was true no earlier than it was asked

    def _beat(self) -> bool:
        with sessions.answering(self._session, settings.LOCK_DEADLINE - settings.LOCK_HEARTBEAT):
            return self._session.execute(BEAT, self._parameters).fetchone() == (True,)

    def _lose(self, reason: str) -> None:
        if not self._lost.is_set():
            self._lost.set()
            metrics.LOST.labels(self._names["lock"]).inc()
            log.error("lock_lost", **self._names, reason=reason)
