"""The dead man's switch, over a kernel and a Fail2ban in memory."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from banguard.agent import switch as module
from banguard.agent.enforcement import ADDED, Enforcement
from banguard.agent.enforcement import BEFORE as KEPT
from banguard.agent.kernel_verbs import Trial
from banguard.agent.memory import MemoryAgent
from banguard.agent.shelf import Shelf
from banguard.core.errors import Conflict, InvalidInput
from banguard.core.networks import parse_network
from banguard.core.packed import Packed, pack_texts
from banguard.fail2ban.memory import MemoryFail2ban
from banguard.fail2ban.values import BLOCKLIST_JAIL
from banguard.firewall.memory import MemoryKernel
from tests.waiting import wait_until

BEFORE, AFTER = pack_texts(["192.0.2.1"]), pack_texts(["192.0.2.1", "198.51.100.0/24"])
TRIAL = Trial(number=1, seconds=5)


class Machine:
    """What outlives an agent: the kernel, Fail2ban and the files. ``start`` starts an agent on it."""

    def __init__(self, folder: Path) -> None:
        self.kernel, self.shelf = MemoryKernel(), Shelf(folder)
        self.fail2ban = MemoryFail2ban(BLOCKLIST_JAIL)
        self.now = 1_000.0

    def start(self) -> Enforcement:
        return Enforcement(self.fail2ban, lambda: self.kernel, lambda *_: None, self.shelf)

    def enforce(self, enforcement: Enforcement, wanted: Packed = AFTER, trial: Trial | None = TRIAL) -> None:
        with enforcement.replacing(trial):
            enforcement.sets.replace(wanted)

    def later(self, enforcement: Enforcement, seconds: float) -> None:
        self.now += seconds
        enforcement.switch._run_out()


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    made = Machine(tmp_path / "lists")
    made.kernel.replace(BEFORE)
    monkeypatch.setattr(time, "clock_gettime", lambda _clock: made.now)
    return made


def test_what_nobody_confirms_is_taken_back(machine: Machine) -> None:
    agent = machine.start()
    machine.enforce(agent)
    machine.later(agent, 4)
    assert machine.kernel.contents() == AFTER
    machine.later(agent, 2)
    assert machine.kernel.contents() == BEFORE
    assert agent.switch.held().state == "taken_back"


def test_what_is_confirmed_stays(machine: Machine) -> None:
    agent = machine.start()
    machine.enforce(agent)
    assert agent.switch.keep(1).state == "kept"
    machine.later(agent, 60)
    assert machine.kernel.contents() == AFTER


def test_a_confirmation_that_comes_too_late_is_told_so(machine: Machine) -> None:
    agent = machine.start()
    machine.enforce(agent)
    machine.later(agent, 6)
    assert agent.switch.keep(1).state == "taken_back"
    with pytest.raises(Conflict):
        machine.enforce(agent)


def test_somebody_elses_confirmation_does_not_count(machine: Machine) -> None:
    agent = machine.start()
    machine.enforce(agent)
    agent.switch.keep(2)
    machine.later(agent, 6)
    assert machine.kernel.contents() == BEFORE


def test_the_first_state_counts_when_several_things_are_done_under_one_trial(machine: Machine) -> None:
    agent = machine.start()
    machine.enforce(agent)
    machine.now += 4
    machine.enforce(agent, pack_texts(["203.0.113.0/24"]))
    machine.later(agent, 4)
    assert machine.kernel.contents() == pack_texts(["203.0.113.0/24"])
    machine.later(agent, 2)
    assert machine.kernel.contents() == BEFORE


def test_where_nothing_was_in_force_nothing_is_afterwards(machine: Machine) -> None:
    machine.kernel.remove()
    agent = machine.start()
    machine.enforce(agent)
    machine.later(agent, 6)
    assert not machine.kernel.found().in_force


def test_it_survives_the_agent(machine: Machine) -> None:
    machine.enforce(machine.start())
    machine.now += 6
    machine.start().resume()
    wait_until(lambda: machine.kernel.contents() == BEFORE, 20)


def test_after_a_restart_of_the_machine_it_is_taken_back_at_once(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.enforce(machine.start())
    machine.kernel.reboot()
    monkeypatch.setattr(module, "_boot", lambda: "another")
    machine.start().resume()
    wait_until(lambda: machine.kernel.contents() == BEFORE, 20)


def test_sets_that_are_gone_are_put_back_when_the_agent_starts(machine: Machine) -> None:
    machine.enforce(machine.start(), trial=None)
    machine.kernel.reboot()
    machine.start().resume()
    assert machine.kernel.contents() == AFTER


def test_what_a_killed_agent_left_of_an_ended_trial_is_not_taken_back_with_the_next(machine: Machine) -> None:
    agent = machine.start()
    machine.enforce(agent)
    agent.switch._forget = lambda: None  # killed just before it
    agent.switch.keep(1)
    machine.start().resume()
    assert machine.shelf.read(KEPT) is None


def test_the_jail_lets_go_what_it_banned_under_a_trial(machine: Machine) -> None:
    agent = machine.start()
    old, new = parse_network("192.0.2.1"), parse_network("198.51.100.0/24")
    machine.fail2ban.ban(BLOCKLIST_JAIL, [old])
    with agent.banning(TRIAL, [new]):
        machine.fail2ban.ban(BLOCKLIST_JAIL, [new])
    machine.later(agent, 6)
    assert machine.fail2ban.banned(BLOCKLIST_JAIL) == ("192.0.2.1",)
    assert machine.shelf.read(ADDED) is None


def test_while_fail2ban_is_away_it_is_tried_again(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AGAIN", 0.05)
    agent = machine.start()
    with agent.banning(TRIAL, [parse_network("192.0.2.9")]):
        machine.fail2ban.ban(BLOCKLIST_JAIL, [parse_network("192.0.2.9")])
    machine.fail2ban.running = False
    machine.later(agent, 6)
    assert agent.switch.held().state == "armed"
    machine.fail2ban.running = True
    wait_until(lambda: agent.switch.held().state == "taken_back", 20)
    assert machine.fail2ban.banned(BLOCKLIST_JAIL) == ()


def test_only_the_blocklist_jail_knows_trials() -> None:
    with pytest.raises(InvalidInput):
        MemoryAgent("sshd").ban("sshd", [parse_network("192.0.2.9")], trial=TRIAL)
