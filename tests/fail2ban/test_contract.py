"""One suite for the real server and the one in memory: what others test against must behave alike."""

import time

import pytest

from banguard.core.errors import Conflict, JailUnknown
from banguard.core.networks import parse_network
from banguard.fail2ban.client import Fail2ban
from banguard.fail2ban.control import Control, JailControl
from banguard.fail2ban.loader import ClientLoader
from banguard.fail2ban.memory import MemoryFail2ban, MemoryJail
from banguard.fail2ban.readings import Readings

ONE, TWO, SIX = (parse_network(text) for text in ("192.0.2.1", "192.0.2.2", "2001:DB8::5"))
RANGE = parse_network("198.51.100.0/28")
IGNORED = ("192.0.2.250", "nobody.invalid")
INSIDE = parse_network("198.51.100.3")


def in_memory() -> MemoryFail2ban:
    server = MemoryFail2ban()
    server.add_jail(MemoryJail("lab", max_retries=2, log_paths=("attacks.log",), ignored=dict.fromkeys(IGNORED)))
    server.add_jail(MemoryJail("other", max_retries=2, ban_time=3600, log_paths=("attacks.log",)))
    return server


@pytest.fixture(params=["real", "memory"])
def server(request: pytest.FixtureRequest) -> Fail2ban | MemoryFail2ban:
    return request.getfixturevalue("real").client if request.param == "real" else in_memory()


@pytest.fixture
def control(request: pytest.FixtureRequest, server: Fail2ban | MemoryFail2ban) -> Control:
    if isinstance(server, MemoryFail2ban):
        return server.control
    folder = request.getfixturevalue("real").config_dir
    return JailControl(server, ClientLoader(folder, server.socket_path), Readings(folder))


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


def test_what_a_jail_ignores_is_among_its_values(server):
    assert "'192.0.2.250'" in server.values(["lab"], ["ignoreip"])["lab"]["ignoreip"]


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


@pytest.mark.parametrize("call", ["state", "banned", "ban_time", "actions", "log_paths", "ignored", "journal_matches"])
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


def test_a_stopped_jail_is_gone_until_it_is_started(server, control):
    control("other", "stop")
    assert "other" not in server.jail_names()
    with pytest.raises(JailUnknown):
        control("other", "stop")
    control("other", "start")
    assert server.ban_time("other") == 3600


def test_starting_a_running_jail_leaves_it_alone(server, control):
    server.ban("lab", [ONE])
    control("lab", "start")
    assert server.banned("lab") == ("192.0.2.1",)


@pytest.mark.parametrize("what", ["restart", "reload"])
def test_a_jail_that_is_loaded_anew_keeps_its_bans(server, control, what):
    server.ban("lab", [ONE])
    control("lab", what)
    until = time.monotonic() + 20
    while server.banned("lab") != ("192.0.2.1",) and time.monotonic() < until:
        time.sleep(0.1)  # after a restart the server makes them again, one by one
    assert server.banned("lab") == ("192.0.2.1",)


def test_an_idle_jail_still_runs_and_takes_bans_by_hand(server, control):
    control("lab", "idle")
    assert server.ban("lab", [ONE]) == 1
    control("lab", "busy")
    assert "lab" in server.jail_names()


@pytest.mark.parametrize("what", ["start", "restart"])
def test_a_jail_that_the_files_do_not_enable_is_not_loaded(server, control, what):
    with pytest.raises(Conflict):
        control("nosuch", what)


@pytest.mark.parametrize("what", ["stop", "reload", "idle", "busy"])
def test_a_jail_that_does_not_run_cannot_be_told_anything(server, control, what):
    with pytest.raises(JailUnknown):
        control("nosuch", what)


def test_what_is_ignored_is_listed_until_it_is_heeded(server):
    server.ignore("lab", [ONE, SIX, RANGE])
    server.ignore("lab", [ONE])
    assert {"192.0.2.1", "2001:db8::5", "198.51.100.0/28"} <= set(server.ignored("lab"))
    server.heed("lab", [ONE, RANGE, TWO])
    assert set(server.ignored("lab")) & {"192.0.2.1", "2001:db8::5", "198.51.100.0/28"} == {"2001:db8::5"}
    server.heed("lab", [SIX])


def test_ignoring_nothing_changes_nothing(server):
    before = server.ignored("lab")
    server.ignore("lab", [])
    server.heed("lab", [])
    assert server.ignored("lab") == before


def test_a_jail_that_reads_files_looks_for_nothing_in_the_journal(server):
    assert server.journal_matches("lab") == ()
