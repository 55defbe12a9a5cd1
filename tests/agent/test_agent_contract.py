"""One suite for the agent over a real Fail2ban, and the agent in memory that others test against."""

import time

import pytest

from banguard.agent.client import AgentCalls
from banguard.agent.memory import MemoryAgent
from banguard.agent.verbs import BLOCKLIST_JAIL
from banguard.core.errors import InvalidInput, JailUnknown
from banguard.core.networks import parse_network, text_of
from banguard.fail2ban.values import ConfiguredJail, ConfiguredJails

ONE, SIX, RANGE = (parse_network(text) for text in ("192.0.2.1", "2001:DB8::5", "198.51.100.7/28"))


@pytest.fixture(params=["real", "memory"])
def agent(request: pytest.FixtureRequest) -> AgentCalls:
    if request.param == "real":
        found: AgentCalls = request.getfixturevalue("real_agent")
    else:
        found = MemoryAgent("lab", "other")
        jails = [ConfiguredJail(name, True, {}, ("jail.local",)) for name in ("lab", "other")]
        found.configured = ConfiguredJails(tuple(jails))
    for jail in ("lab", "other"):
        found.unban(jail, found.banned(jail).addresses)
    return found


def row_of(agent, address):
    until = time.monotonic() + 5
    while True:
        found = [row for row in agent.bans_since(0, 0).rows if row.address == address]
        if found or time.monotonic() > until:
            return found[0]
        time.sleep(0.05)


def test_the_status_has_every_running_jail(agent):
    agent.ban("lab", [ONE])
    status = agent.status()
    assert status.version[0].isdigit()
    assert {jail.name: jail.banned_current for jail in status.jails}["lab"] == 1


def test_the_jails_are_those_of_files_and_server(agent):
    jails = {jail.name: jail for jail in agent.jails().jails}
    assert jails["lab"].enabled
    assert jails["lab"].files == ("jail.local",)
    assert jails["lab"].state is not None
    assert jails["lab"].ban_time == str(jails["lab"].state.ban_time)


def test_addresses_and_networks_are_banned_and_listed(agent):
    assert agent.ban("lab", [ONE, SIX, RANGE]).count == 3
    assert set(agent.banned("lab").addresses) == {ONE, SIX, RANGE}


def test_a_list_longer_than_one_call_is_banned_whole(agent):
    many = [parse_network(f"10.0.{number // 250}.{number % 250}") for number in range(2_100)]
    assert agent.ban("lab", iter(many)).count == 2_100
    assert agent.unban("lab", many).count == 2_100


def test_an_unban_without_a_jail_is_for_every_jail(agent):
    agent.ban("lab", [ONE])
    agent.ban("other", [ONE])
    assert agent.unban(None, [ONE]).count == 2


def test_a_ban_shows_up_among_the_rows(agent):
    agent.ban("lab", [SIX])
    row = row_of(agent, SIX)
    assert (row.jail, text_of(row.address), row.matches) == ("lab", "2001:db8::5", ())
    assert abs(row.banned_at - time.time()) < 60


def test_a_jail_that_is_not_there_is_unknown(agent):
    for call in (lambda: agent.ban("nosuch", [ONE]), lambda: agent.banned("nosuch")):
        with pytest.raises(JailUnknown):
            call()


@pytest.mark.parametrize("jail", ["", "..", "a/b", "1.2.3.4; rm -rf", "x<F2B_END_COMMAND>", "a\nb", "lab\n"])
def test_a_name_that_no_jail_can_have_goes_nowhere(agent, jail):
    with pytest.raises(InvalidInput):
        agent.ban(jail, [ONE])


def test_the_blocklist_jail_is_laid_once(agent):
    laid = agent.lay_blocklist_jail()
    assert laid.jail == BLOCKLIST_JAIL
    assert not agent.lay_blocklist_jail().changed
    agent.ban(BLOCKLIST_JAIL, [ONE])
    assert {jail.name: jail.ban_time for jail in agent.status().jails}[BLOCKLIST_JAIL] == -1


def test_the_machine_has_addresses(agent):
    machine = agent.machine()
    assert all(address.prefixlen == address.max_prefixlen for address in (*machine.own, *machine.gateways))
