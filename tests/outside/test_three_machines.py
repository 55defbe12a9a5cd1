"""Two machines beside the database's work as one; when the cable of either is pulled, the other goes on alone.

The tests of this file are one story and run in its order.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from banguard.agent.memory import MemoryAgent
from banguard.agent.server import AgentServer
from tests.outside.conftest import require
from tests.outside.three_machines import Machine, Machines, is_possible, machines
from tests.waiting import wait_until

TAKEN_OVER = 40  # seconds: the deadline of a lock is ten


@pytest.fixture(scope="module")
def fail2ban(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[MemoryAgent, Path]]:
    memory, path = MemoryAgent("sshd"), tmp_path_factory.mktemp("agent") / "agent.sock"
    server = AgentServer(path, memory.guarded)
    thread = threading.Thread(target=server.serve)
    thread.start()
    yield memory, path
    server.stop()
    thread.join()


@pytest.fixture(scope="module")
def there(fail2ban: tuple[MemoryAgent, Path]) -> Iterator[Machines]:
    require(is_possible(), "Root, for network namespaces,")
    with machines(fail2ban[1]) as there:
        yield there


@pytest.fixture
def memory(fail2ban: tuple[MemoryAgent, Path]) -> MemoryAgent:
    return fail2ban[0]


def bans(machine: Machine, there: Machines, address: str) -> int:
    status, found = machine.ask("GET", f"/api/v1/bans?address={address}", there.token)
    return len(found["data"]) if status == 200 else -1


def new_source(machine: Machine, there: Machines, seconds: float) -> int:
    """A feed that takes so long to answer."""
    body: dict[str, Any] = {"name": f"slow {seconds}", "url": f"{there.feed}/{seconds}", "enforcement": "none"}
    status, found = machine.ask("POST", "/api/v1/blocklists/sources", there.token, **body)
    assert status == 201, found
    return int(found["id"])


def run_of(machine: Machine, there: Machines, source: int) -> int:
    status, found = machine.ask("POST", f"/api/v1/blocklists/sources/{source}/runs", there.token)
    assert status == 202, found
    return int(found["id"])


def state(there: Machines, run: int) -> str:
    return str(there.query(f"SELECT state FROM blocklists_run WHERE id = {run:d}"))  # noqa: S608


def other(there: Machines, machine: Machine) -> Machine:
    return next(one for one in there.both if one is not machine)


def test_a_ban_is_seen_on_both_once(there: Machines, memory: MemoryAgent) -> None:
    wait_until(there.leader, 30, "no collector leads")
    memory.fail2ban.detect("sshd", "203.0.113.1")
    for machine in there.both:
        wait_until(lambda machine=machine: bans(machine, there, "203.0.113.1") == 1, 15, f"not seen on {machine.name}")


def test_what_one_asks_for_the_other_may_do(there: Machines) -> None:
    first, second = there.both
    run = run_of(first, there, new_source(second, there, 0))
    wait_until(lambda: state(there, run) == "succeeded", 30, "the import does not end")
    assert second.ask("GET", "/api/v1/blocklists/runs", there.token)[1]["data"][0]["id"] == run


@pytest.mark.parametrize("turn", [1, 2])
def test_the_other_follows_when_the_leader_is_cut_off(there: Machines, memory: MemoryAgent, turn: int) -> None:
    cut = wait_until(there.leader, 30, "no collector leads")
    left = other(there, cut)
    with there.cut_off(cut):
        memory.fail2ban.detect("sshd", f"203.0.113.1{turn}")
        wait_until(lambda: there.leader() is left, TAKEN_OVER, "nobody took over")
        wait_until(lambda: bans(left, there, f"203.0.113.1{turn}") == 1, 15, "the ban is not in history")
        assert cut.ask("GET", "/health/live")[0] == 200
        assert left.ask("GET", "/health/ready")[0] == 200
    wait_until(lambda: bans(cut, there, f"203.0.113.1{turn}") == 1, TAKEN_OVER, f"{cut.name} does not come back")


def test_an_import_whose_machine_is_cut_off_is_completed_by_the_other(there: Machines) -> None:
    source = new_source(there.both[0], there, 6)
    first = run_of(there.both[0], there, source)
    wait_until(lambda: state(there, first) == "running", 30, "the import does not begin")
    pid = there.query("SELECT pid FROM core_lease WHERE lock = 'import' AND released_at IS NULL ORDER BY token DESC")
    cut = next(one for one in there.both if is_child(pid, one))
    left = other(there, cut)
    with there.cut_off(cut):
        wait_until(lambda: state(there, first) == "interrupted", 120, "nobody noticed")
        second = run_of(left, there, source)
        wait_until(lambda: state(there, second) in {"succeeded", "unchanged"}, 60, "it is not completed")
    found = left.ask("GET", f"/api/v1/blocklists/sources/{source}", there.token)[1]
    assert found["entries"] > 0


def is_child(pid: int, machine: Machine) -> bool:
    """Whether the process is one of the machine's, or a child or grandchild of one."""
    parents = {each.pid for each in machine.processes}
    while pid > 1:
        if pid in parents:
            return True
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return False


def test_at_the_end_every_lock_but_the_collectors_is_free(there: Machines) -> None:
    query = (
        "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)"
        " WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND application_name = 'banguard lock'"
    )
    wait_until(lambda: there.query(query) == 1, TAKEN_OVER, "locks are left")
