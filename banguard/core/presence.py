"""Which processes run, on which machine and of which version: each says so every few seconds.

A process that ends takes its row away; one that was killed leaves it, and is missed.
"""

from __future__ import annotations

import atexit
import os
import socket
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import structlog
from django.db import Error as DatabaseError
from django.db import connection
from django.db.models.functions import Now

from banguard import __version__
from banguard.core.models import Process

log = structlog.get_logger(__name__)

INTERVAL = 5.0  # seconds
FRESH_FOR = timedelta(seconds=20)
KEPT_FOR = timedelta(hours=1)
PATIENCE = 2.0  # seconds that a process waits at its end for its row to go

BEAT = """
WITH gone AS (DELETE FROM core_process WHERE seen_at < clock_timestamp() - %(kept)s)
INSERT INTO core_process AS known (role, host, pid, version, started_at, seen_at)
VALUES (%(role)s, %(host)s, %(pid)s, %(version)s, clock_timestamp(), clock_timestamp())
ON CONFLICT (role, host, pid) DO UPDATE SET
    version = excluded.version, seen_at = excluded.seen_at,
    started_at = CASE WHEN %(first)s THEN excluded.started_at ELSE known.started_at END
"""
END = "DELETE FROM core_process WHERE role = %(role)s AND host = %(host)s AND pid = %(pid)s"


class Role(StrEnum):
    WEB = "web"
    WORKER = "worker"
    COLLECTOR = "collector"


@dataclass(frozen=True)
class Running:
    """A process as it told of itself last. ``age``: seconds since then, by the database's clock."""

    role: str
    host: str
    pid: int
    version: str
    started_at: datetime
    seen_at: datetime
    age: float

    @property
    def fresh(self) -> bool:
        return self.age < FRESH_FOR.total_seconds()

    @property
    def outdated(self) -> bool:
        """Whether it runs another version than this process."""
        return self.version != __version__


def processes() -> list[Running]:
    """By role, host and number; those among them that fell silent within the last hour. One query."""
    rows = Process.objects.annotate(now=Now()).order_by("role", "host", "pid")
    return [
        Running(
            row.role,
            row.host,
            row.pid,
            row.version,
            row.started_at,
            row.seen_at,
            max(0.0, (row.now - row.seen_at).total_seconds()),
        )
        for row in rows
    ]


def begin(role: Role) -> None:
    """Tell of this process until it ends. Call it once, after the last fork."""
    _Beats(role).start()


class _Beats(threading.Thread):
    def __init__(self, role: Role) -> None:
        super().__init__(name="presence", daemon=True)
        self._names: dict[str, Any] = {
            "role": role.value,
            "host": socket.gethostname()[:255],
            "pid": os.getpid(),
            "version": __version__,
            "kept": KEPT_FOR,
        }
        self._first = True
        self._ending = threading.Event()
        atexit.register(self._end)

    def run(self) -> None:
        while True:
            try:
                self._write(BEAT, first=self._first)
                self._first = False
            except DatabaseError as error:
                connection.close()
                log.info("presence_not_told", reason=str(error).strip())
            if self._ending.wait(INTERVAL):
                break
        try:
            self._write(END)
            connection.close()
        except DatabaseError:
            return  # nobody can be told

    def _write(self, statement: str, **more: bool) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, {**self._names, **more})

    def _end(self) -> None:
        self._ending.set()
        self.join(PATIENCE)
