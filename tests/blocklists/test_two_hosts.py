"""Two hosts in network namespaces of their own: a real agent on one guards it from the other, packet by packet."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from banguard.agent.client import Agent
from banguard.blocklists.models import Enforced, Run, Trial
from banguard.blocklists.services import enforcing, imports, protecting, sources
from banguard.blocklists.services.sources import Given
from banguard.blocklists.values import TrialState
from banguard.core.errors import BanGuardError
from banguard.servers import services as servers
from tests.fail2ban.private_server import running_fail2ban
from tests.firewall.namespaces import hears, require_root, sh
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)

GUARDED = ("192.0.2.1", "2001:db8:a::1")
LISTED, SPARED, OTHER = "198.51.100.7", "198.51.100.9", "203.0.113.9"
LISTED6, OTHER6 = "2001:db8:b::7", "2001:db8:c::9"
LIST = "198.51.100.0/24\n2001:db8:b::/48\n"


class Hosts:
    """``guarded`` and ``outside``, with a cable between them; the second has every address of the tests."""

    def __init__(self) -> None:
        self.guarded, self.outside = f"bg-in-{os.getpid()}", f"bg-out-{os.getpid()}"

    def make(self) -> None:
        for name in (self.guarded, self.outside):
            sh(f"ip netns add {name}")
            sh(f"ip -n {name} link set lo up")
        sh(f"ip -n {self.guarded} link add cable type veth peer name cable netns {self.outside}")
        for name, addresses in (
            (self.guarded, GUARDED),
            (self.outside, (LISTED, SPARED, OTHER, LISTED6, OTHER6)),
        ):
            sh(f"ip -n {name} link set cable up")
            for address in addresses:
                sh(f"ip -n {name} address add {address} dev cable" + (" nodad" if ":" in address else ""))
        for network in ("198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"):
            sh(f"ip -n {self.guarded} route add {network} dev cable")
        for network in ("192.0.2.0/24", "2001:db8:a::/48"):
            sh(f"ip -n {self.outside} route add {network} dev cable")

    def end(self) -> None:
        for name in (self.guarded, self.outside):
            sh(f"ip netns del {name}", check=False)

    def hears(self, source: str) -> bool:
        """Whether what ``source`` sends arrives on the guarded host."""
        return hears(self.outside, source, GUARDED[":" in source])


@pytest.fixture
def hosts() -> Iterator[Hosts]:
    require_root()
    made = Hosts()
    try:
        made.make()
        yield made
    finally:
        made.end()


@pytest.fixture
def agent(hosts: Hosts, settings: Any) -> Iterator[Agent]:
    """``python -m banguard.agent`` on the guarded host."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bg", dir="/tmp")))
        settings.AGENT_SOCKET = folder / "a.sock"
        found = {"PATH": os.environ["PATH"], "BANGUARD_AGENT_SOCKET": str(folder / "a.sock")}
        fail2ban = stack.enter_context(running_fail2ban())
        environment = found | {
            "BANGUARD_FAIL2BAN_SOCKET": str(fail2ban.socket_path),
            "BANGUARD_FAIL2BAN_CONFIG_DIR": str(fail2ban.config_dir),
            "BANGUARD_FAIL2BAN_DATABASE": str(fail2ban.database_path),
        }
        said = stack.enter_context((folder / "said").open("wb"))
        order = ["ip", "netns", "exec", hosts.guarded, sys.executable, "-m", "banguard.agent"]
        process = subprocess.Popen(order, env=environment, stdout=said, stderr=said)
        stack.callback(process.wait, 20)
        stack.callback(process.terminate)
        calls = Agent(folder / "a.sock", timeout=60)
        wait_until(lambda: answers(calls))
        yield calls


def answers(agent: Agent) -> bool:
    try:
        return not agent.kernel().problem
    except BanGuardError:
        return False


def imported(confirm_within: int | None = None) -> Run:
    given = Given(content=LIST.encode(), by="eve")
    source = sources.create(name="pasted", enforcement="kernel", given=given)
    run = Run.objects.create(source=source, asked_by="eve", confirm_within=confirm_within)
    imports.run_import(run_id=run.pk)
    run.refresh_from_db()
    return run


def compare() -> None:
    enforcing.compare(server=servers.local())


def test_what_a_listed_host_sends_is_dropped_and_counted(hosts: Hosts, agent: Agent) -> None:
    assert hosts.hears(LISTED)
    assert hosts.hears(LISTED6)
    run = imported()
    assert (run.state, run.error) == ("succeeded", "")
    assert not hosts.hears(LISTED)
    assert not hosts.hears(LISTED6)
    assert hosts.hears(OTHER)
    assert hosts.hears(OTHER6)
    compare()
    told = Enforced.objects.get(enforcement="kernel")
    assert told.packets >= 2
    assert told.octets >= 2 * 40


def test_a_protected_host_inside_a_listed_network_gets_through(hosts: Hosts, agent: Agent) -> None:
    protecting.protect(network=SPARED, note="ours", expires_at=None, created_by="eve")
    imported()
    assert hosts.hears(SPARED)
    assert not hosts.hears(LISTED)


def test_without_a_confirmation_the_block_is_gone_after_its_time(hosts: Hosts, agent: Agent) -> None:
    imported(confirm_within=5)
    assert not hosts.hears(LISTED)
    wait_until(lambda: agent.trial().state == "taken_back")
    assert hosts.hears(LISTED)
    with pytest.raises(BanGuardError, match="taken back"):
        compare()
    assert Trial.objects.get().state == TrialState.TAKEN_BACK
    assert hosts.hears(LISTED)
