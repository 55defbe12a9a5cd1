"""The only code that takes a lock.

A lock is a session-level PostgreSQL advisory lock on a connection of its own. It frees itself when its
process or machine dies, since the session dies too, and no clock of ours is compared with another.

* A thread asks PostgreSQL every ``HEARTBEAT`` whether this session still holds the lock. A silent session
  (a stopped process, a cut network) is ended by PostgreSQL itself after ``DEADLINE``: that frees the lock.
* Taking it draws a token from a sequence and writes it into the lock's ``Lease`` row. A write made under
  the lock calls ``prove()`` in its own transaction: it fails unless the token is still the newest, and no
  newer one can be drawn until that transaction ends. So whoever slept through the loss wakes up harmless.
* Long work calls ``check()`` between its steps: cheap, and it raises ``LockLost`` once a heartbeat failed.

A lock is never taken inside a transaction: an advisory lock would outlive the transaction's failure.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
import structlog
from django.conf import settings
from django.db import connection

from banguard.core.errors import LockBusy, LockLost
from banguard.core.models import Lease

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Lock:
    """``key`` is the first integer of the advisory lock; the second is the id of what it guards."""

    name: str
    key: int
    guards: str


# Every lock there is. Keys are never reused.
IMPORT = Lock("import", 1, "one source's import, from fetching to storing")
ENFORCE = Lock("enforce", 2, "what one server is told to block")
COLLECT = Lock("collect", 3, "following one server into history")
LOCKS = (IMPORT, ENFORCE, COLLECT)

ASK_EVERY = 0.5  # seconds between two tries of somebody who waits
NAMESPACE = 0x4247_0000  # "BG": keeps our keys apart from other users of the same database

TAKE = """
WITH taken AS MATERIALIZED (SELECT pg_try_advisory_lock(%(key)s, %(id)s) AS ok)
INSERT INTO core_lease (lock, subject, token, holder, host, pid, session, taken_at, heartbeat_at, released_at)
SELECT %(lock)s, %(id)s, nextval('core_fencing_token'), %(holder)s, %(host)s, %(pid)s, pg_backend_pid(),
       clock_timestamp(), clock_timestamp(), NULL
FROM taken WHERE ok
ON CONFLICT (lock, subject) DO UPDATE SET
    token = excluded.token, holder = excluded.holder, host = excluded.host, pid = excluded.pid,
    session = excluded.session, taken_at = excluded.taken_at, heartbeat_at = excluded.heartbeat_at, released_at = NULL
RETURNING token
"""
# A write under the lock keeps the row locked until it commits; the beat skips it then, and proves the lock alone.
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
RELEASE = """
UPDATE core_lease SET released_at = clock_timestamp()
WHERE lock = %(lock)s AND subject = %(id)s AND token = %(token)s
RETURNING pg_advisory_unlock(%(key)s, %(id)s)
"""


class Held:
    """A lock that this process holds, as far as it knows."""

    def __init__(self, lock: Lock, subject: int, session: psycopg.Connection[Any]) -> None:
        self.lock, self.subject, self.token = lock, subject, 0
        self._session = session
        self._lost, self._done = threading.Event(), threading.Event()
        self._beaten = time.monotonic()

    def check(self) -> None:
        """Raise ``LockLost`` if the lock is known to be lost, or has not been confirmed for too long."""
        if self._lost.is_set() or time.monotonic() - self._beaten > settings.LOCK_DEADLINE:
            self._lost.set()
            raise LockLost(f"The lock “{self.lock.name}” was lost while working under it.", lock=self.lock.name)

    def prove(self) -> None:
        """Raise ``LockLost`` unless our token is the newest, and keep it the newest until this transaction ends."""
        self.check()
        newest = Lease.objects.select_for_update(no_key=True).filter(lock=self.lock.name, subject=self.subject)
        if newest.values_list("token", flat=True).first() != self.token:
            self._lost.set()
            log.warning("write_fenced", lock=self.lock.name, subject=self.subject, token=self.token)
            raise LockLost(f"Somebody newer holds the lock “{self.lock.name}”.", lock=self.lock.name)

    def take(self) -> bool:
        """Try once; whether it is ours now. Then a heartbeat keeps proving it."""
        names = {"holder": threading.current_thread().name, "host": socket.gethostname(), "pid": os.getpid()}
        try:
            row = self._session.execute(TAKE, self._named | names).fetchone()
        except psycopg.errors.QueryCanceled:  # the last holder's write has not ended yet
            return False
        if row is None:
            return False
        self.token, self._beaten = row[0], time.monotonic()
        threading.Thread(target=self._keep, name=f"heartbeat-{self.lock.name}", daemon=True).start()
        return True

    @property
    def _named(self) -> dict[str, object]:
        return {"key": NAMESPACE + self.lock.key, "id": self.subject, "lock": self.lock.name, "token": self.token}

    def _keep(self) -> None:
        while not self._done.wait(settings.LOCK_HEARTBEAT):
            try:
                ours = self._session.execute(BEAT, self._named).fetchone() == (True,)
            except psycopg.Error as error:
                ours = False
                log.warning("lock_heartbeat_failed", lock=self.lock.name, subject=self.subject, reason=str(error))
            if not ours and not self._done.is_set():
                self._lost.set()
                log.error("lock_lost", lock=self.lock.name, subject=self.subject, token=self.token)
                return
            self._beaten = time.monotonic()

    def close(self) -> None:
        """End the session, and with it whatever it holds."""
        self._done.set()
        self._session.close()

    def release(self) -> None:
        self._done.set()
        try:
            self._session.execute(RELEASE, self._named)
        except psycopg.Error as error:  # the session is gone, and the lock with it
            log.warning("lock_release_failed", lock=self.lock.name, subject=self.subject, reason=str(error))
        finally:
            self.close()


@contextmanager
def hold(lock: Lock, subject: int = 0, *, wait: float = 0.0) -> Iterator[Held]:
    """Hold ``lock`` for the thing with id ``subject``. Raises ``LockBusy`` if somebody else does.

    ``wait``: seconds to wait for them first, asking now and then.
    """
    if connection.in_atomic_block:
        raise RuntimeError(f"The lock {lock.name} was asked for inside a transaction.")
    held = _taken(lock, subject, until=time.monotonic() + wait)
    try:
        yield held
    finally:
        held.release()


def _taken(lock: Lock, subject: int, until: float) -> Held:
    while True:
        held = Held(lock, subject, _session())
        if held.take():
            return held
        held.close()
        if time.monotonic() + ASK_EVERY > until:
            raise _busy(lock, subject)
        time.sleep(ASK_EVERY)


def is_held(lock: Lock, subject: int = 0) -> bool:
    """Whether anybody holds it now, by PostgreSQL's own list of locks."""
    query = (
        "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2"
        " AND classid = %s::oid AND objid = %s::oid)"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [NAMESPACE + lock.key, subject])
        return bool(cursor.fetchone()[0])


def count_held() -> int:
    """How many locks of ours anybody holds now."""
    query = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = ANY(%s::oid[])"
    with connection.cursor() as cursor:
        cursor.execute(query, [[NAMESPACE + lock.key for lock in LOCKS]])
        return int(cursor.fetchone()[0])


def _busy(lock: Lock, subject: int) -> LockBusy:
    lease = Lease.objects.filter(lock=lock.name, subject=subject, released_at=None).first()
    details = {"lock": lock.name, "subject": subject}
    if lease is None:
        return LockBusy("This is being done already.", **details)
    since = f"{lease.taken_at:%H:%M:%S} UTC"
    return LockBusy(
        f"This is being done already, by process {lease.pid} on {lease.host} since {since}.",
        **details,
        holder=f"{lease.host}:{lease.pid}",
        since=lease.taken_at.isoformat(),
    )


def _session() -> psycopg.Connection[Any]:
    """A connection of our own, which PostgreSQL ends by itself when it has been silent for the deadline."""
    deadline = int(settings.LOCK_DEADLINE * 1000)
    liveness: dict[str, Any] = {
        "autocommit": True,
        "connect_timeout": 10,
        "keepalives_idle": 3,
        "keepalives_interval": 2,
        "keepalives_count": 2,
        "tcp_user_timeout": deadline,
        "application_name": "banguard lock",
        "options": f"-c idle_session_timeout={deadline} -c tcp_user_timeout={deadline} -c statement_timeout={deadline}",
    }
    if settings.LOCK_DATABASE_URL:
        return psycopg.connect(settings.LOCK_DATABASE_URL, **liveness)
    return psycopg.connect(**(_default_parameters() | liveness))


def _default_parameters() -> dict[str, Any]:
    ours = {"host", "port", "dbname", "user", "password", "sslmode", "sslrootcert", "sslcert", "sslkey", "passfile"}
    return {name: value for name, value in connection.get_connection_params().items() if name in ours}
