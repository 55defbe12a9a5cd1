"""The order of a campaign: put everything up, act and break at the same time, let it come to rest, and judge."""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from banguard.machine.django import manage
from banguard.machine.errors import CannotGoOn
from banguard.machine.test import throwaway_environment
from benchmarks.chaos.cluster import FAST, IMMEDIATE, started
from benchmarks.chaos.cluster import Server as Cluster
from benchmarks.collecting.crew import Crew
from benchmarks.collecting.driver import Driver
from benchmarks.collecting.server import Server
from benchmarks.collecting.truth import Truth, Verdict

_STORED = "SELECT jail, host(address), banned_at, lifted_at, lift_reason FROM history_ban ORDER BY banned_at"
_BEHIND = "SELECT count(*) = 0 OR max(until) < to_timestamp(%s) FROM history_coverage"
_PATIENCE = 90.0  # seconds for history to catch up at the end
_SWEEP = 65.0  # seconds after which even a ban whose end no line told is known to have expired


@dataclass(frozen=True)
class Plan:
    addresses: int
    seconds: float
    collectors: int
    seed: int


@dataclass(frozen=True)
class Report:
    verdict: Verdict
    faults: Counter[str]
    takeovers: list[float]
    stopped_in: list[float]  # seconds that each collector took to end when it was asked to


def run(plan: Plan, tell: Callable[[str], None]) -> Report:
    """Whatever happens, no process and no folder is left."""
    chance = random.Random(plan.seed)  # noqa: S311
    with ExitStack() as stack:
        folder, cluster = stack.enter_context(started())
        environment = _environment(cluster, folder)
        manage("migrate", "--verbosity=0", environment=environment)
        server = Server(_made(folder / "guarded"), environment)
        stack.callback(server.stop)
        stack.callback(server.stop_agent)
        server.start()
        server.start_agent()
        crew = Crew(cluster, folder, environment, plan.collectors)
        stack.callback(crew.stop)
        crew.wait_for_leader()
        return _act(plan, chance, cluster, server, crew, tell)


def _act(  # noqa: PLR0913, PLR0917
    plan: Plan, chance: random.Random, cluster: Cluster, server: Server, crew: Crew, tell: Callable[[str], None]
) -> Report:
    truth, turn = Truth(), threading.Lock()
    driver = Driver(server, truth, random.Random(plan.seed + 1), plan.addresses, plan.seconds)  # noqa: S311
    breaker = _Breaker(chance, cluster, server, crew, turn, tell)
    with breaker:
        _drive(driver, breaker, turn, plan.addresses // 2)
        breaker.rest()
        driver.finish()
        ended = time.time()
        crew.look_after()
        _wait_for_rest(cluster, crew, ended)
        verdict = truth.judge(cluster.ask(_STORED))
        return Report(verdict, breaker.faults, crew.takeovers, crew.stop())


def _drive(driver: Driver, breaker: _Breaker, turn: threading.Lock, half: int) -> None:
    """Every address in turn; half-way Fail2ban itself is restarted."""
    for steps in itertools.count():
        breaker.check()
        with turn:
            if steps == half:
                driver.restart()
            if not driver.step():
                return


class _Breaker:
    """Breaks one thing after another in a thread of its own, until it is told to rest.

    The thread lives as long as the block: the kernel ends what a thread has started when the thread ends.
    """

    def __init__(  # noqa: PLR0913, PLR0917
        self,
        chance: random.Random,
        cluster: Cluster,
        server: Server,
        crew: Crew,
        turn: threading.Lock,
        tell: Callable[[str], None],
    ) -> None:
        self._chance, self._cluster, self._server, self._crew = chance, cluster, server, crew
        self._turn, self._tell = turn, tell
        self._done, self._idle, self._over = threading.Event(), threading.Event(), threading.Event()
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.faults: Counter[str] = Counter()

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._over.set()
        self._thread.join()

    def rest(self) -> None:
        """Break nothing any more. Returns once nothing is broken."""
        self._done.set()
        self._idle.wait()
        self.check()

    def check(self) -> None:
        """Raise what the thread has broken on."""
        if self._error is not None:
            raise CannotGoOn(f"A fault could not be made: {self._error}") from self._error

    def _run(self) -> None:
        try:
            while not self._done.wait(self._chance.uniform(0.5, 3)):
                fault = self._chance.choice([self._kill, self._restart_database, self._rotate])()
                self.faults[fault] += 1
                self._tell(fault)
        except Exception as error:  # noqa: BLE001 - it is raised in the other thread
            self._error = error
        self._idle.set()
        self._over.wait()

    def _kill(self) -> str:
        self._crew.kill_leader(self._chance)
        return "collector killed"

    def _restart_database(self) -> str:
        self._cluster.stop(self._chance.choice([FAST, IMMEDIATE]))
        time.sleep(self._chance.uniform(0, 2))
        self._cluster.start()
        return "PostgreSQL restarted"

    def _rotate(self) -> str:
        # A copy loses what is written between it and the cut, in any program: nothing is banned meanwhile.
        with self._turn:
            return f"log {self._server.rotate(self._chance)}"


def _wait_for_rest(cluster: Cluster, crew: Crew, ended: float) -> None:
    until = time.monotonic() + _PATIENCE
    crew.wait_for_leader()
    while cluster.ask(_BEHIND, ended + 2)[0][0]:
        if time.monotonic() > until:
            raise CannotGoOn("History does not catch up.")
        time.sleep(0.2)
    while cluster.ask("SELECT 1 FROM history_ban WHERE lifted_at IS NULL AND expires_at < now() - interval '1 s'"):
        if time.monotonic() > until + _SWEEP:
            return  # to be judged
        time.sleep(0.5)


def _environment(cluster: Cluster, folder: Path) -> dict[str, str]:
    guarded = folder / "guarded"
    return throwaway_environment(folder) | {
        "DATABASE_URL": cluster.url,
        "BANGUARD_AGENT_SOCKET": str(guarded / "a.sock"),
        "BANGUARD_FAIL2BAN_SOCKET": str(guarded / "f.sock"),
        "BANGUARD_FAIL2BAN_CONFIG_DIR": str(guarded / "config"),
        "BANGUARD_FAIL2BAN_DATABASE": str(guarded / "f.sqlite3"),
    }


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
