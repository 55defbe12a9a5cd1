"""A guarded machine in a network namespace, and a BanGuard beside it on a PostgreSQL that loses nothing."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from banguard.machine import call
from banguard.machine.django import manage
from banguard.machine.errors import CannotGoOn
from banguard.machine.test import throwaway_environment
from benchmarks.breakage.guarded import GuardedMachine, guarded_machine
from benchmarks.chaos.cluster import Server, started
from benchmarks.importing.feed import Feed, served

LONGEST = 3 * 3_600.0  # seconds of one piece of work
JAILS = """[DEFAULT]
enabled = false
backend = polling
usedns = no
filter = lab
logpath = {{log}}
bantime = 1d
banaction = {action}
banaction_allports = {action}
action = {action}[name=%(__name__)s]

[naive]
enabled = true
[other]
enabled = true
"""


@dataclass(frozen=True)
class World:
    folder: Path
    machine: GuardedMachine
    feed: Feed
    environment: dict[str, str]
    namespace: str

    def work(self, order: str, *arguments: object) -> dict[str, Any]:
        """What ``benchmarks.importing.work`` answers, in a process of its own. Raises ``CannotGoOn``."""
        words = ["-m", "benchmarks.with_django", "benchmarks.importing.work", order, *map(str, arguments)]
        result = call.run([sys.executable, *words], environment=self.environment, seconds=LONGEST)
        if result.code:
            raise CannotGoOn(f"{order} failed:\n{result.output[-3000:]}")
        answer: dict[str, Any] = json.loads(result.last_line)
        return answer

    def agent_peak(self) -> float:
        """MB that the agent took at most."""
        status = Path(f"/proc/{self.machine.processes['agent'].pid}/status").read_text(encoding="ascii")
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024


@contextmanager
def world(action: str) -> Iterator[World]:
    """Fail2ban's jails ban with ``action``. Whatever happens, no process, namespace or folder is left."""
    if os.geteuid() != 0:
        raise CannotGoOn("This makes a network namespace and fills the kernel's sets in it: only root may.")
    with ExitStack() as stack:
        folder, server = stack.enter_context(started(durable=True))
        environment = _banguard(folder, server)
        namespace = stack.enter_context(_namespace())
        prefix = ("ip", "netns", "exec", namespace)
        machine = stack.enter_context(guarded_machine(JAILS.format(action=action), prefix))
        feed = stack.enter_context(served(folder / "list.txt"))
        environment |= {
            "BANGUARD_AGENT_SOCKET": str(machine.folder / "a.sock"),
            "BANGUARD_FEED_ALLOWED_NETWORKS": "127.0.0.0/8",
        }
        yield World(folder, machine, feed, environment, namespace)


def _banguard(folder: Path, server: Server) -> dict[str, str]:
    environment = throwaway_environment(folder) | {"DATABASE_URL": server.url}
    for command in (("migrate", "--verbosity=0"), ("createcachetable",)):
        manage(*command, environment=environment)
    return environment


@contextmanager
def _namespace() -> Iterator[str]:
    name = f"banguard-bench-{os.getpid()}"
    for order in (("netns", "add", name), ("-n", name, "link", "set", "lo", "up")):
        result = call.run(["ip", *order], seconds=30)
        if result.code:
            call.run(["ip", "netns", "del", name], seconds=30)
            raise CannotGoOn(f"There can be no network namespace here: {result.output}")
    try:
        yield name
    finally:
        call.run(["ip", "netns", "del", name], seconds=30)
