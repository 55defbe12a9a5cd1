"""The only code that takes a lock.

A lock is a session-level PostgreSQL advisory lock on a connection of its own. It frees itself when its
process or machine dies, since the session dies too, and no clock of ours is compared with another.

* A thread asks PostgreSQL every ``LOCK_HEARTBEAT`` whether this session still holds the lock. A session that
  falls silent (a stopped process, a cut network) is ended by PostgreSQL itself after ``LOCK_DEADLINE``, which
  frees the lock; and a holder that could not confirm it for as long takes it for lost.
* Taking a lock draws a token from a sequence into the lock's ``Lease`` row. A write made under the lock stands
  in ``with held.writing():``, one transaction that fails unless the token is still the newest, and in which no
  newer one can be drawn before it ends. An effect elsewhere carries ``held.fence``, and the resource refuses
  a token older than it has seen. So whoever slept through the loss of a lock wakes up harmless.
* Long work calls ``held.check()`` between its steps: it costs nothing, and raises ``LockLost``.

A lock is never taken inside a transaction: an advisory lock would outlive the transaction's failure.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import structlog
from django.conf import settings
from django.db import connection, transaction

from banguard.core import lock_metrics as metrics
from banguard.core import sessions
from banguard.core.errors import LockBusy, LockLost, LocksUnavailable
from banguard.core.fences import Fence
from banguard.core.heartbeat import Heartbeat
from banguard.core.models import Lease

log = structlog.get_logger(__name__)

NAMESPACE = 0x4247_0000  # "BG": keeps our keys apart from other users of the same database
BESIDE = 0x8000  # added to a lock's key: the queue of those who write beside its holder


@dataclass(frozen=True)
class Lock:
    """``number`` makes the first integer of the advisory lock; the second is the id of what is guarded."""

    name: str
    number: int
    guards: str

    @property
    def key(self) -> int:
        return NAMESPACE + self.number


# Every lock there is. Numbers are never given again.
IMPORT = Lock("import", 1, "one source's import, from fetching to enforcing")
ENFORCE = Lock("enforce", 2, "what one server is told to block")
COLLECT = Lock("collect", 3, "following one server into history")
CONFIGURE = Lock("configure", 4, "changes of one server's configuration, and starting and stopping its jails")
LOCKS = {lock.name: lock for lock in (IMPORT, ENFORCE, COLLECT, CONFIGURE)}

# One statement each: a round trip to take, one to release. The wait ends by statement_timeout.
TAKE = """
WITH taken AS MATERIALIZED (SELECT {acquire} AS ok)
INSERT INTO core_lease (lock, subject, token, holder, host, pid, session, taken_at, heartbeat_at)
SELECT %(lock)s, %(id)s, nextval('core_fencing_token'), %(holder)s, %(host)s, %(pid)s, pg_backend_pid(),
       clock_timestamp(), clock_timestamp()
FROM taken WHERE ok
ON CONFLICT (lock, subject) DO UPDATE SET
    token = excluded.token, holder = excluded.holder, host = excluded.host, pid = excluded.pid,
    session = excluded.session, taken_at = excluded.taken_at, heartbeat_at = excluded.heartbeat_at,
    released_at = NULL,
    -- Its last holder has not released it: it died, or its session did.
    lost_at = CASE WHEN core_lease.released_at IS NULL THEN clock_timestamp() ELSE core_lease.lost_at END
RETURNING token
"""
TAKE_NOW = TAKE.format(acquire="pg_try_advisory_lock(%(key)s, %(id)s)")
TAKE_WAITING = TAKE.format(acquire="pg_advisory_lock(%(key)s, %(id)s) IS NOT NULL")
RELEASE = """
UPDATE core_lease SET released_at = clock_timestamp()
WHERE lock = %(lock)s AND subject = %(id)s AND token = %(token)s
RETURNING pg_advisory_unlock(%(key)s, %(id)s)
"""


@contextmanager
def beside(lock: Lock, subject: int) -> Iterator[None]:
    """A transaction in which the lock's holder writes nothing: for writes that must not happen at once with its own.

    Those beside it queue among themselves first: so the holder waits for one of them at most, however many there are.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [lock.key + BESIDE, subject])
        list(Lease.objects.select_for_update(no_key=True).filter(lock=lock.name, subject=subject))
        yield


class Held:
    """A lock that this process holds, as far as it knows."""

    def __init__(self, lock: Lock, subject: int, token: int, session: psycopg.Connection[Any]) -> None:
        self.lock, self.subject, self.token = lock, subject, token
        self.fence = Fence(lock=f"{lock.name}:{subject}", token=token)
        self._session, self._since = session, time.monotonic()
        self._heartbeat = Heartbeat(session, lock.key, self._names)
        metrics.ACQUIRED.labels(lock.name).inc()

    def check(self) -> None:
        """Raise ``LockLost`` if the lock is known to be lost, or was not confirmed for too long."""
        if not self._heartbeat.alive():
            raise LockLost(f"The lock “{self.lock.name}” was lost while working under it.", lock=self.lock.name)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A transaction for writes under this lock. Raises ``LockLost``, with nothing written, if it is not ours."""
        with transaction.atomic():
            self.prove()
            yield

    def prove(self) -> None:
        """Raise ``LockLost`` unless our token is the newest, and keep it the newest until this transaction ends."""
        self.check()
        rows = Lease.objects.select_for_update(no_key=True).filter(lock=self.lock.name, subject=self.subject)
        newest = rows.values_list("token", flat=True).first()
        if newest != self.token:
            metrics.FENCED.labels(self.lock.name).inc()
            log.warning("write_fenced", **self._names, newest=newest)
            raise LockLost(f"Somebody newer holds the lock “{self.lock.name}”.", lock=self.lock.name)

    def release(self) -> None:
        """Let the next one in. What cannot be released is freed by the end of the session."""
        self._heartbeat.stop()
        try:
            with sessions.answering(self._session, settings.LOCK_DEADLINE):
                self._session.execute(RELEASE, {**self._names, "key": self.lock.key})
        except psycopg.Error as error:
            log.warning("lock_release_failed", **self._names, reason=str(error).strip())
        finally:
            self._session.close()
            metrics.HOLD_SECONDS.labels(self.lock.name).observe(time.monotonic() - self._since)

    @property
    def _names(self) -> dict[str, object]:
        return {"lock": self.lock.name, "id": self.subject, "token": self.token}


@contextmanager
def hold(lock: Lock, subject: int = 0, *, wait: float = 0.0) -> Iterator[Held]:
    """Hold ``lock`` for the thing with id ``subject``. Raises ``LockBusy`` if somebody else does.

    ``wait``: seconds to stand in PostgreSQL's queue for it first; the first in the queue gets it the moment
    it is free. Raises ``LocksUnavailable`` where a pooler makes locks meaningless.
    """
    if connection.in_atomic_block:
        raise RuntimeError(f"The lock {lock.name} was asked for inside a transaction.")
    sessions.refuse_pooler()
    held = _take(lock, subject, wait)
    try:
        yield held
    finally:
        held.release()


def _take(lock: Lock, subject: int, wait: float) -> Held:
    session = sessions.open_session()
    try:
        token = _token(session, lock, subject, wait)
        if token is None:
            raise _busy(lock, subject)
        return Held(lock, subject, token, session)
    except BaseException:
        session.close()
        raise


def _token(session: psycopg.Connection[Any], lock: Lock, subject: int, wait: float) -> int | None:
    names = {"lock": lock.name, "id": subject, "key": lock.key}
    holder = {"holder": Path(sys.argv[0]).name[:100], "host": socket.gethostname()[:255], "pid": os.getpid()}
    try:
        with sessions.answering(session, wait + 2 * settings.LOCK_DEADLINE):  # PostgreSQL itself gives up before
            if wait:
                session.execute(f"SET statement_timeout = {int(wait * 1000)}")
            row = session.execute(TAKE_WAITING if wait else TAKE_NOW, names | holder).fetchone()
            if wait:
                session.execute("RESET statement_timeout")
    except psycopg.errors.QueryCanceled:  # waited long enough, or the last holder's write has not ended yet
        return None
    except psycopg.OperationalError as error:
        raise LocksUnavailable(f"PostgreSQL was lost while asking it for a lock: {str(error).strip()}") from error
    return row[0] if row else None


def is_held(lock: Lock, subject: int = 0) -> bool:
    """Whether anybody holds it now, by PostgreSQL's own list of locks."""
    return (lock.name, subject) in held_now()


def held_now() -> set[tuple[str, int]]:
    """The locks that are held now, as (name, subject), by PostgreSQL's own list."""
    names = {lock.key: lock.name for lock in LOCKS.values()}
    query = (
        "SELECT classid::bigint, objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND granted"
        " AND objsubid = 2 AND classid = ANY(%s::oid[])"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [list(names)])
        return {(names[key], subject) for key, subject in cursor.fetchall()}


def _busy(lock: Lock, subject: int) -> LockBusy:
    metrics.CONTENDED.labels(lock.name).inc()
    lease = Lease.objects.filter(lock=lock.name, subject=subject, released_at=None).first()
    if lease is None:
        return LockBusy("This is being done already.", lock=lock.name, subject=subject)
    return LockBusy(
        f"This is being done already, by process {lease.pid} on {lease.host} since {lease.taken_at:%H:%M:%S} UTC.",
        lock=lock.name,
        subject=subject,
        holder=f"{lease.host}:{lease.pid}",
        since=lease.taken_at.isoformat(),
    )
