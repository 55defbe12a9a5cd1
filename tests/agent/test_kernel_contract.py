"""One suite for the agent over real kernel sets, in a network namespace, and the agent in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from banguard.agent.client import Agent, AgentCalls
from banguard.agent.guarded import guard
from banguard.agent.memory import MemoryAgent
from banguard.core.errors import AddressProtected, Conflict, LockLost
from banguard.core.fences import Fence
from banguard.core.networks import parse_network
from banguard.core.packed import Packed, pack, pack_texts
from banguard.env import AgentEnvironment
from tests.agent.conftest import serving
from tests.firewall.namespaces import namespace, sh

LIST = pack_texts(["192.0.2.1", "198.51.100.0/24", "2001:db8::/48"])
OTHER = pack_texts(["203.0.113.0/24"])


@pytest.fixture(params=["real", "memory"])
def agent(request: pytest.FixtureRequest, folder: Path) -> Iterator[AgentCalls]:
    if request.param == "memory":
        yield MemoryAgent("sshd")
        return
    environment = AgentEnvironment.model_validate(
        {"BANGUARD_AGENT_SOCKET": folder / "a.sock", "BANGUARD_FAIL2BAN_SOCKET": folder / "none.sock"}
    )
    with ExitStack() as running:
        running.enter_context(namespace())
        running.enter_context(serving(environment.agent_socket, guard(environment)))
        yield Agent(environment.agent_socket, timeout=20)


def test_at_first_nothing_is_in_force(agent: AgentCalls) -> None:
    held = agent.kernel()
    assert (held.problem, held.in_force, held.digest) == ("", False, "")
    assert held.backend


def test_a_list_is_enforced_and_known_by_its_digest(agent: AgentCalls) -> None:
    held = agent.enforce_networks(LIST)
    assert (held.in_force, held.ipv4, held.ipv6) == (True, 2, 1)
    assert held.digest == agent.kernel(exact=True).digest == LIST.digest


def test_a_list_of_many_parts_is_enforced_whole(agent: AgentCalls) -> None:
    many = pack({4: [(low, low) for low in range(0x0A000000, 0x0A000000 + 1_400_000, 2)], 6: []})
    assert len(many.v4) > 3_000_000
    assert agent.enforce_networks(many).digest == many.digest


def test_an_empty_list_and_none_at_all_are_different(agent: AgentCalls) -> None:
    assert agent.enforce_networks(Packed()).in_force
    assert not agent.remove_networks().in_force


def test_a_rehearsal_enforces_nothing(agent: AgentCalls) -> None:
    agent.enforce_networks(LIST)
    assert agent.enforce_networks(OTHER, rehearse=True).digest == LIST.digest


def test_an_older_token_is_turned_away(agent: AgentCalls) -> None:
    agent.enforce_networks(LIST, fence=Fence("enforce:1", 7))
    with pytest.raises(LockLost):
        agent.enforce_networks(OTHER, fence=Fence("enforce:1", 6))
    with pytest.raises(LockLost):
        agent.remove_networks(fence=Fence("enforce:1", 6))
    assert agent.kernel().digest == LIST.digest


def test_parts_of_another_list_are_not_mixed_in(agent: AgentCalls) -> None:
    sender = agent.ask
    agent.ask = lambda verb, arguments, expected, **more: sender(  # type: ignore[method-assign]
        verb, arguments.model_copy(update={"v4": b""}) if verb == "send_networks" else arguments, expected, **more
    )
    with pytest.raises(Conflict):
        agent.enforce_networks(LIST)


def test_a_list_with_an_address_this_machine_lives_by_is_refused(agent: AgentCalls) -> None:
    agent.enforce_networks(OTHER)
    if isinstance(agent, MemoryAgent):
        agent.surroundings = agent.surroundings.model_copy(update={"own": (parse_network("127.0.0.1"),)})
    with pytest.raises(AddressProtected):
        agent.enforce_networks(pack_texts(["127.0.0.0/8"]))
    assert agent.kernel().digest == OTHER.digest


def test_what_a_hand_took_away_is_not_taken_for_there(agent: AgentCalls) -> None:
    agent.enforce_networks(LIST)
    if isinstance(agent, MemoryAgent):
        agent.memory_kernel.replace(OTHER)
    else:
        sh("ipset del banguard4 192.0.2.1")
    assert agent.kernel().digest == ""
    assert agent.kernel(exact=True).digest not in ("", LIST.digest)
