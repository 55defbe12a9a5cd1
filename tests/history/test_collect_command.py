"""``manage.py collect`` as a process of its own, as it runs beside the others."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from banguard import env
from banguard.agent.memory import MemoryAgent
from banguard.agent.server import AgentServer
from banguard.core import locks
from banguard.history.models import Ban
from banguard.servers import selectors, services
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

Collector = Callable[[], "subprocess.Popen[bytes]"]


def database_url() -> str:
    """Where the tests' own database is, in the words of DATABASE_URL."""
    return env.read(env.Environment).database_url.rpartition("/")[0] + f"/{connection.settings_dict['NAME']}"


@pytest.fixture
def collector(settings: Any, tmp_path: Path) -> Iterator[Collector]:
    """Starts one collector after another; those that still run are ended with the test."""
    running: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        variables = {"DATABASE_URL": database_url(), "BANGUARD_AGENT_SOCKET": str(settings.AGENT_SOCKET)}
        command = [sys.executable, "manage.py", "collect"]
        with (tmp_path / "collector.log").open("ab") as log:
            running.append(subprocess.Popen(command, cwd=env.ROOT, env=os.environ | variables, stdout=log, stderr=log))
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.wait()


def leads() -> bool:
    return locks.is_held(locks.COLLECT, services.local().pk)


def end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    assert process.wait(25) == 0  # what a service manager grants


def test_it_follows_records_survives_and_ends(agent: MemoryAgent, collector: Collector) -> None:
    process = collector()
    wait_until(lambda: selectors.seen().up)
    agent.fail2ban.detect("sshd", "203.0.113.7")
    wait_until(Ban.objects.exists)
    agent.fail2ban.running = False
    wait_until(lambda: not selectors.seen().up)
    assert "no such socket" in selectors.seen().reason
    agent.fail2ban.running = True
    wait_until(lambda: selectors.seen().up)
    assert [jail.name for jail in selectors.seen().jails] == ["nginx", "sshd"]
    end(process)
    assert not leads()


@contextmanager
def serving(memory: MemoryAgent, path: Path) -> Iterator[None]:
    server = AgentServer(path, memory.guarded)
    thread = threading.Thread(target=server.serve)
    thread.start()
    yield
    server.stop()
    thread.join()


def test_it_survives_the_agent_being_away(settings: Any, tmp_path: Path, collector: Collector) -> None:
    settings.AGENT_SOCKET = tmp_path / "agent.sock"
    memory = MemoryAgent("sshd")
    process = collector()
    wait_until(lambda: "does not answer" in selectors.seen().reason)
    for address in ("203.0.113.7", "203.0.113.8"):
        with serving(memory, settings.AGENT_SOCKET):
            wait_until(lambda: selectors.seen().up)
            memory.fail2ban.detect("sshd", address)
            wait_until(lambda address=address: Ban.objects.filter(address=address).exists())
        wait_until(lambda: not selectors.seen().up)
    assert process.poll() is None


def test_it_ends_although_the_agent_never_answers(settings: Any, tmp_path: Path, collector: Collector) -> None:
    settings.AGENT_SOCKET = tmp_path / "agent.sock"
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(settings.AGENT_SOCKET))
        silent.listen()
        _ends_at_once(collector())


def _ends_at_once(process: subprocess.Popen[bytes]) -> None:
    wait_until(leads)
    time.sleep(0.5)
    end(process)


def test_of_two_one_leads_and_the_other_takes_over(agent: MemoryAgent, collector: Collector) -> None:
    first = collector()
    wait_until(leads)
    second = collector()
    agent.fail2ban.detect("sshd", "203.0.113.7")
    wait_until(Ban.objects.exists)
    assert second.poll() is None
    first.kill()
    first.wait()
    agent.fail2ban.detect("sshd", "203.0.113.8")
    wait_until(lambda: Ban.objects.count() == 2)
    assert second.poll() is None
