"""The fence at the agent: an older token than it has seen changes nothing."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from banguard.agent.fencing import Fences
from banguard.agent.memory import MemoryAgent
from banguard.core.errors import InvalidInput, LockLost, Unavailable
from banguard.core.fences import Fence
from banguard.core.networks import parse_network

ONE = [parse_network("192.0.2.1")]


def admit(fences: Fences, token: int, lock: str = "enforce:1") -> None:
    with fences.admitted(Fence(lock, token)):
        pass


def test_an_older_token_bans_nobody() -> None:
    agent = MemoryAgent("sshd")
    agent.lay_blocklist_jail(fence=Fence("enforce:1", 8))
    with pytest.raises(LockLost, match="Somebody newer"):
        agent.ban(jail="sshd", addresses=ONE, fence=Fence("enforce:1", 7))
    assert agent.banned("sshd").addresses == ()


def test_the_newest_token_may_go_on() -> None:
    agent = MemoryAgent("sshd")
    for _ in range(2):
        agent.ban(jail="sshd", addresses=ONE, fence=Fence("enforce:1", 7))
    assert agent.unban(jail="sshd", addresses=ONE, fence=Fence("enforce:1", 7)).count == 1


def test_who_needs_no_lock_is_not_fenced() -> None:
    agent = MemoryAgent("sshd")
    agent.ban(jail="sshd", addresses=ONE, fence=Fence("enforce:1", 7))
    assert agent.unban(jail="sshd", addresses=ONE).count == 1


def test_each_lock_has_its_own_fence() -> None:
    fences = Fences(None)
    admit(fences, 9, "enforce:1")
    admit(fences, 3, "enforce:2")


def test_a_restart_forgets_nothing(tmp_path: Path) -> None:
    admit(Fences(tmp_path / "fences"), 9)
    with pytest.raises(LockLost):
        admit(Fences(tmp_path / "fences"), 8)


@pytest.mark.parametrize("kept", ["", "{", "[]", '{"enforce:1": "9"}', "\x00"])
def test_a_file_that_cannot_be_trusted_stops_the_agent(tmp_path: Path, kept: str) -> None:
    (tmp_path / "fences").write_text(kept)
    with pytest.raises(Unavailable, match="cannot be read"):
        Fences(tmp_path / "fences")


def test_a_token_that_cannot_be_kept_is_not_admitted(tmp_path: Path) -> None:
    fences = Fences(tmp_path / "gone" / "fences")
    with pytest.raises(Unavailable, match="cannot keep"):
        admit(fences, 9)


def test_a_newer_one_waits_until_the_older_effect_is_over() -> None:
    fences, order = Fences(None), []

    def newer() -> None:
        with fences.admitted(Fence("enforce:1", 2)):
            order.append("newer")

    with fences.admitted(Fence("enforce:1", 1)):
        thread = threading.Thread(target=newer)
        thread.start()
        thread.join(timeout=0.2)
        order.append("older")
    thread.join()
    assert order == ["older", "newer"]


@pytest.mark.parametrize("fence", [{"lock": "x"}, {"lock": "x", "token": "many"}, "enforce:1", {"token": 1}])
def test_a_fence_that_cannot_be_read_is_refused(fence: object) -> None:
    agent = MemoryAgent("sshd")
    with pytest.raises(InvalidInput):
        agent.ban(jail="sshd", addresses=ONE, fence=fence)  # type: ignore[arg-type]
