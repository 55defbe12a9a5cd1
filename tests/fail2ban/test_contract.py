"""One suite for the real server and the one in memory: what others test against must behave alike."""

import pytest

from banguard.core.errors import JailUnknown
from banguard.core.networks import parse_network
from banguard.fail2ban.client import Fail2ban
from banguard.fail2ban.memory import MemoryFail2ban, MemoryJail

ONE, TWO, SIX = (parse_network(text) for text in ("192.0.2.1", "192.0.2.2", "2001:DB8::5"))
RANGE = parse_network("198.51.100.0/28")
INSIDE = parse_network("198.51.100.3")


def in_memory() -> MemoryFail2ban:
    server = MemoryFail2ban()
    server.add_jail(MemoryJail("lab", max_retries=2, log_paths=("attacks.log",)))
    server.add_jail(MemoryJail("other", max_retries=2, ban_time=3600, log_paths=("attacks.log",)))
    return server


@pytest.fixture(params=["real", "memory"])
def server(request: pytest.FixtureRequest) -> Fail2ban | MemoryFail2ban:
    return request.getfixturevalue("real").client if request.param == "real" else in_memory()


def test_it_answers_a_ping(server):
    server.ping()


def test_it_says_its_version(server):
    assert server.version()[0].isdigit()


def test_it_lists_the_running_jails_in_order(server):
    assert {"lab", "other"} <= set(server.jail_names())
    assert list(server.jail_names()) == sorted(server.jail_names())


def test_a_jail_has_its_settings(server):
    assert (server.ban_time("other"), server.find_time("other"), server.max_retries("other")) == (3600, 600, 2)


def test_a_jail_has_its_workings(server):
    assert server.actions("lab") == ("noop",)
    assert [path.rsplit("/", 1)[-1] for path in server.log_paths("lab")] == ["attacks.log"]
    assert server.workings(["lab", "nosuch"]) == {"lab": (server.log_paths("lab"), ("noop",))}


def test_a_ban_is_counted_once(server):
    assert server.ban("lab", [ONE, TWO, SIX]) == 3
    assert server.ban("lab", [ONE]) == 0
    assert server.state("lab").banned_current == 3


def test_what_is_banned_is_listed_in_its_short_form(server):
    server.ban("lab", [ONE, SIX, RANGE])
    assert set(server.banned("lab")) == {"192.0.2.1", "2001:db8::5", "198.51.100.0/28"}


def test_a_jail_holds_only_its_own_bans(server):
    server.ban("lab", [ONE])
    assert server.banned("other") == ()


def test_an_unban_counts_what_it_lifted(server):
    server.ban("lab", [ONE, TWO])
    assert server.unban("lab", [ONE, SIX]) == 1
    assert server.banned("lab") == ("192.0.2.2",)


def test_an_unban_without_a_jail_is_for_every_jail(server):
    server.ban("lab", [ONE])
    server.ban("other", [ONE, TWO])
    assert server.unban(None, [ONE]) == 2
    assert server.banned("other") == ("192.0.2.2",)


def test_unbanning_a_network_frees_the_addresses_inside(server):
    server.ban("lab", [INSIDE, ONE])
    assert server.unban("lab", [RANGE]) == 1
    assert server.banned("lab") == ("192.0.2.1",)


def test_an_address_inside_a_banned_network_is_not_banned_itself(server):
    server.ban("lab", [RANGE])
    assert server.unban("lab", [INSIDE]) == 0
    assert server.banned("lab") == ("198.51.100.0/28",)


def test_totals_outlive_an_unban(server):
    before = server.state("lab").banned_total
    server.ban("lab", [ONE])
    server.unban("lab", [ONE])
    assert server.state("lab").banned_total == before + 1


def test_states_are_those_of_each_jail(server):
    server.ban("lab", [ONE])
    states = {state.name: state for state in server.states()}
    assert states["lab"] == server.state("lab")
    assert states["other"].ban_time == 3600


@pytest.mark.parametrize("call", ["state", "banned", "ban_time", "actions", "log_paths"])
def test_it_knows_no_jail_that_is_not_there(server, call):
    with pytest.raises(JailUnknown) as caught:
        getattr(server, call)("nosuch")
    assert caught.value.details == {"jail": "nosuch"}


def test_it_bans_in_no_jail_that_is_not_there(server):
    with pytest.raises(JailUnknown):
        server.ban("nosuch", [ONE])
    with pytest.raises(JailUnknown):
        server.unban("nosuch", [ONE])


def test_an_empty_list_changes_nothing(server):
    assert server.ban("lab", []) == 0
    assert server.unban(None, []) == 0


def test_more_addresses_than_fit_one_command_are_all_banned(server):
    many = [parse_network(f"203.0.113.{last}") for last in range(25)]
    assert server.ban("lab", many) == 25
    assert server.unban("lab", many) == 25
