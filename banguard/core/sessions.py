"""Connections that locks live on: each a PostgreSQL session of its own, straight to the server."""

from __future__ import annotations

import functools
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection
from psycopg.conninfo import make_conninfo

from banguard.core.errors import LocksUnavailable

CONNECTION = {"host", "port", "dbname", "user", "password", "sslmode", "sslrootcert", "sslcert", "sslkey", "passfile"}
WHAT_TO_DO = (
    "Locks need a session of their own: name a direct connection to PostgreSQL in BANGUARD_LOCK_DATABASE_URL "
    "(Docs/Deployment.md, “Scheduler lock”)."
)


def open_session() -> psycopg.Connection[Any]:
    """A new session, which PostgreSQL ends by itself once it has been silent for the deadline.

    Both ends notice a dead network within the deadline: we by keepalives and ``tcp_user_timeout``, the server
    by that and by ``idle_session_timeout``, since a holder beats twice within it. Raises ``LocksUnavailable``.
    """
    deadline = int(settings.LOCK_DEADLINE * 1000)
    server = {
        "idle_session_timeout": deadline,
        "tcp_user_timeout": deadline,
        "statement_timeout": deadline,
        # Where a server is told not to wait for its disk, a crash would give tokens out for a second time.
        "synchronous_commit": "on",
    }
    liveness = {
        "autocommit": True,
        "connect_timeout": max(2, int(settings.LOCK_DEADLINE)),
        "keepalives_idle": 3,
        "keepalives_interval": 2,
        "keepalives_count": 2,
        "tcp_user_timeout": deadline,
        "application_name": "banguard lock",
        "options": " ".join(f"-c {name}={value}" for name, value in server.items()),
    }
    try:
        return _connect(liveness)
    except psycopg.OperationalError as error:
        if "unsupported startup parameter" in str(error):  # what poolers say to the options
            raise LocksUnavailable(f"The database is behind a pooler. {WHAT_TO_DO}") from error
        raise LocksUnavailable(f"PostgreSQL cannot be reached for locks: {str(error).strip()}") from error


@contextmanager
def answering(session: psycopg.Connection[Any], seconds: float) -> Iterator[None]:
    """Hang up if the block takes longer: who waits for an answer in it then gets psycopg's ``OperationalError``.

    Keepalives and ``tcp_user_timeout`` notice a network that is dead, but not one that takes every byte and
    brings it nowhere (a proxy that hangs, a firewall that answers for the server); there libpq waits for ever.
    """
    with socket.socket(fileno=os.dup(session.pgconn.socket)) as line:  # of our own: libpq may close its at any time
        timer = threading.Timer(seconds, _hang_up, [line])
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


def _hang_up(line: socket.socket) -> None:
    with suppress(OSError):  # the other end was quicker
        line.shutdown(socket.SHUT_RDWR)


def direct_url() -> str:
    """Where PostgreSQL itself is reached, past any pooler; with the password."""
    ours = {name: value for name, value in connection.get_connection_params().items() if name in CONNECTION}
    return str(settings.LOCK_DATABASE_URL or make_conninfo(**ours))


def _connect(liveness: dict[str, Any]) -> psycopg.Connection[Any]:
    return psycopg.connect(direct_url(), **liveness)


@functools.cache
def refuse_pooler() -> None:
    """Raise ``LocksUnavailable`` if our connections are not sessions of their own. Looked at once per process.

    A transaction-pooling proxy hands one server session to several clients in turn: then two connections that
    are open at the same time show the same backend, which PostgreSQL itself never does.
    """
    with open_session() as first, open_session() as second:
        try:
            seen = [_backend(session) for session in (first, second, first, second)]
        except psycopg.OperationalError as error:
            raise LocksUnavailable(f"PostgreSQL was lost while looking for poolers: {str(error).strip()}") from error
    if seen[0] == seen[1] or seen[:2] != seen[2:]:
        raise LocksUnavailable(f"The database is behind a transaction-pooling proxy. {WHAT_TO_DO}")


def _backend(session: psycopg.Connection[Any]) -> int:
    with answering(session, settings.LOCK_DEADLINE):
        row = session.execute("SELECT pg_backend_pid()").fetchone()
    assert row is not None  # noqa: S101 - a SELECT without FROM has a row
    return int(row[0])
