"""Everything that a campaign breaks, put up in a temporary folder and taken down again."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from banguard.machine.django import manage
from banguard.machine.errors import CannotGoOn
from banguard.machine.test import throwaway_environment
from benchmarks.chaos.cluster import Server, started
from benchmarks.chaos.crew import Crew, Hand, Orders
from benchmarks.chaos.journal import Journal
from benchmarks.chaos.proxy import Proxies

# Whom PostgreSQL itself takes for the holder, and which token it drew.
_HOLDER = """
SELECT token, pid, session FROM core_lease
WHERE EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid = session AND objsubid = 2)
"""
_TURN = 0.02  # seconds between two looks
_PATIENCE = 60.0  # seconds for what must happen at last


@dataclass(frozen=True)
class Holder:
    """``session`` is the number of the PostgreSQL process on which the lock lives."""

    token: int
    hand: Hand
    session: int


@dataclass(frozen=True)
class World:
    folder: Path
    server: Server
    proxies: Proxies
    crew: Crew
    journal: Journal
    chance: random.Random
    deadline: float
    environment: dict[str, str]

    def holder(self) -> Holder:
        """Whoever holds the lock now, once somebody does."""
        return self.holder_after(0)

    def holder_after(self, token: int) -> Holder:
        """The first holder with a newer token. Raises ``CannotGoOn`` if there is none for long."""
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            found = self.holder_now()
            if found and found.token > token:
                return found
            time.sleep(_TURN)
        raise CannotGoOn(f"Nobody has taken the lock for {_PATIENCE:.0f} s.")

    def holder_now(self) -> Holder | None:
        self.crew.look_after()
        try:
            rows = self.server.ask(_HOLDER)
        except psycopg.OperationalError:
            return None
        for token, pid, session in rows:
            if hand := self.crew.with_process(pid):
                return Holder(token, hand, session)
        return None  # nobody, or a session that has not noticed yet that its process is dead

    def wait_for_work(self, since: int) -> None:
        """Returns once an effect newer than the first ``since`` ones is the present holder's."""
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            new = self.journal.read(since)
            holder = self.holder_now() if new else None
            if holder and new[-1].token == holder.token:
                return
            time.sleep(_TURN)
        raise CannotGoOn(f"Nobody has done anything under the lock for {_PATIENCE:.0f} s.")

    def effects_in_database(self) -> list[tuple[int, str]]:
        """As (token, worker), in the order in which they were made."""
        return [(token, worker) for token, worker in self.server.ask("SELECT token, worker FROM effect ORDER BY id")]


@contextmanager
def world(*, seed: int, workers: int, deadline: float) -> Iterator[World]:
    """``workers`` processes that compete from now on. Whatever happens, no process and no folder is left."""
    with ExitStack() as stack:
        folder, server = stack.enter_context(started())
        environment = _prepare(server, folder)
        proxies = Proxies(server.port)
        stack.callback(proxies.close)
        journal = Journal(folder)
        stack.callback(journal.close)
        crew = Crew(Orders(folder, seed, deadline, environment), [proxies.open() for _ in range(workers)])
        stack.callback(crew.stop)
        yield World(folder, server, proxies, crew, journal, random.Random(seed), deadline, environment)  # noqa: S311


def _prepare(server: Server, folder: Path) -> dict[str, str]:
    """The database's tables; returns the environment of processes that use it."""
    environment = throwaway_environment(folder) | {"DATABASE_URL": server.url}
    manage("migrate", "core", "--verbosity=0", environment=environment)
    server.ask("CREATE TABLE effect (id bigserial PRIMARY KEY, token bigint NOT NULL, worker text NOT NULL)")
    return environment
