import pytest

from banguard.agent import handlers
from banguard.agent.memory import MemoryAgent
from banguard.agent.verbs import MAX_LINE, VERBS
from banguard.core.errors import AgentUnreachable, Fail2banUnreachable
from banguard.core.networks import parse_network
from banguard.fail2ban.memory import MemoryJail
from banguard.fail2ban.values import ConfiguredJail, ConfiguredJails

ONE = parse_network("192.0.2.1")


@pytest.fixture
def agent() -> MemoryAgent:
    return MemoryAgent("sshd", "nginx")


def configured(**options: str) -> ConfiguredJails:
    return ConfiguredJails((ConfiguredJail("web", True, options, ("jail.conf", "jail.d/a.local")),))


def web(agent: MemoryAgent):
    return next(jail for jail in agent.jails().jails if jail.name == "web")


def test_every_verb_has_a_handler():
    assert handlers.HANDLERS.keys() == VERBS.keys()


def test_a_jail_that_does_not_run_has_the_values_of_its_files(agent):
    agent.configured = configured(bantime="1h", findtime="10m", maxretry="5", filter="web[mode=x]", backend="auto")
    jail = web(agent)
    assert (jail.state, jail.ban_time, jail.find_time, jail.max_retries) == (None, "1h", "10m", "5")
    assert (jail.filter, jail.backend, jail.files) == ("web[mode=x]", "auto", ("jail.conf", "jail.d/a.local"))


def test_a_jail_that_runs_has_the_values_of_the_server(agent):
    agent.configured = configured(bantime="1h", logpath="/old.log", action="old", filter="web")
    agent.fail2ban.add_jail(MemoryJail("web", ban_time=42, log_paths=("/new.log",), actions=("new",)))
    jail = web(agent)
    assert (jail.ban_time, jail.log_paths, jail.actions, jail.filter) == ("42", ("/new.log",), ("new",), "web")


def test_log_paths_lose_where_to_start(agent):
    agent.configured = configured(logpath="/var/log/a.log tail\n/var/log/*.log head\n\n  /b c.log")
    assert web(agent).log_paths == ("/var/log/a.log", "/var/log/*.log", "/b c.log")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('iptables-multiport[name=a, port="ssh,http", chain="<known/chain>"]', ("iptables-multiport",)),
        ("a[x=1]\n  mail-whois[dest=\"a b\", sender='c]d']", ("a", "mail-whois")),
        ("a, b c[x][y]", ("a", "b", "c")),
        ("", ()),
    ],
)
def test_actions_are_told_by_name(agent, text, names):
    agent.configured = configured(action=text)
    assert web(agent).actions == names


def test_without_a_server_the_files_still_tell_their_jails(agent):
    agent.configured = configured()
    agent.fail2ban.running = False
    assert [(jail.name, jail.state) for jail in agent.jails().jails] == [("web", None)]
    with pytest.raises(Fail2banUnreachable):
        agent.status()


def test_ids_that_are_no_addresses_are_not_listed(agent):
    agent.ban("sshd", [ONE])
    agent.fail2ban.ban_identity("sshd", "user bob")
    assert agent.banned("sshd").addresses == (ONE,)
    assert [row.address for row in agent.bans_since(0, 0).rows] == [ONE, None]


def test_rows_are_cut_so_that_the_answer_fits_one_line(agent):
    for number in range(100):
        agent.fail2ban.detect("sshd", f"192.0.2.{number}", matches=("\x00" * 1_000,) * 100)
    page = agent.bans_since(0, 0, limit=100)
    assert (len(page.rows), page.complete) == (20, False)
    assert len(page.model_dump_json()) < MAX_LINE
    rest = agent.bans_since(page.rows[-1].rowid, 2**40, limit=100)
    assert rest.rows[0].rowid == page.rows[-1].rowid + 1


def test_a_test_can_make_the_agent_unreachable(agent):
    agent.unreachable = "timed out"
    with pytest.raises(AgentUnreachable) as caught:
        agent.status()
    assert caught.value.details == {"reason": "timed out"}
    assert agent.asked["status"] == 1
