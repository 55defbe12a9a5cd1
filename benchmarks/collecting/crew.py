"""The collectors, seen from outside: started, killed and replaced."""

from __future__ import annotations

import random
import subprocess
import time
from pathlib import Path

import psycopg

from banguard.machine import call
from banguard.machine.django import MANAGE
from banguard.machine.errors import CannotGoOn
from benchmarks.chaos.cluster import Server as Cluster

_LEADER = """
SELECT token, pid FROM core_lease WHERE lock = 'collect'
AND EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid = session AND objsubid = 2)
"""
_PATIENCE = 60.0  # seconds


class Crew:
    """``count`` processes of ``manage.py collect``; one leads, the others stand by."""

    def __init__(self, cluster: Cluster, folder: Path, environment: dict[str, str], count: int) -> None:
        self._cluster, self._environment = cluster, environment
        self._log = (folder / "collectors.log").open("ab")
        self._processes = [self._start() for _ in range(count)]
        self.takeovers: list[float] = []  # seconds from a leader's death to the next one's lead

    def leader(self) -> tuple[int, subprocess.Popen[bytes]] | None:
        """Its token and its process; None while nobody leads, or PostgreSQL does not answer."""
        try:
            rows = self._cluster.ask(_LEADER)
        except psycopg.OperationalError:
            return None
        by_pid = {process.pid: process for process in self._processes}
        return next(((token, by_pid[pid]) for token, pid in rows if pid in by_pid), None)

    def wait_for_leader(self, after: int = 0) -> int:
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            found = self.leader()
            if found is not None and found[0] > after:
                return found[0]
            time.sleep(0.02)
        raise CannotGoOn("No collector takes the lead.")

    def kill_leader(self, chance: random.Random) -> None:
        """SIGKILL; whoever stands by takes over, and after a while another one stands by."""
        found = self.leader()
        if found is None:
            return
        token, process = found
        process.kill()
        process.wait()
        self._processes.remove(process)
        if self._processes:
            died = time.monotonic()
            self.wait_for_leader(after=token)
            self.takeovers.append(time.monotonic() - died)
        time.sleep(chance.uniform(0, 1))
        self._processes.append(self._start())

    def look_after(self) -> None:
        """None of them ends by itself, whatever happens around it."""
        if ended := [process.returncode for process in self._processes if process.poll() is not None]:
            raise CannotGoOn(f"A collector ended by itself: {ended}.")

    def stop(self) -> list[float]:
        """SIGTERM to each; how many seconds each took to end."""
        took = []
        for process in self._processes:
            begin = time.monotonic()
            process.terminate()
            process.wait(_PATIENCE)
            took.append(time.monotonic() - begin)
        self._processes = []
        self._log.close()
        return took

    def _start(self) -> subprocess.Popen[bytes]:
        return call.spawn([*MANAGE, "collect"], output=self._log, environment=self._environment)
