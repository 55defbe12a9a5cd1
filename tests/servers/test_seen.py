"""What is known of the server, from what the collector wrote."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from banguard.agent.memory import MemoryAgent
from banguard.core.errors import AgentUnreachable
from banguard.core.networks import SPECIAL_USE, parse_network
from banguard.servers import selectors, services
from banguard.servers.models import Server, Status
from banguard.servers.values import Protected

pytestmark = pytest.mark.django_db


def record(agent: MemoryAgent) -> Server:
    server = services.local()
    services.record_up(server=server, status=agent.status())
    services.record_jails(server=server, jails=agent.jails())
    return server


def test_before_anybody_looked_that_is_what_is_told() -> None:
    assert (selectors.seen().up, selectors.seen().fresh, selectors.jails()) == (False, False, [])
    assert "has not looked" in selectors.seen().reason


def test_the_row_of_the_local_server_is_made_once() -> None:
    assert services.local() == services.local() == Server.objects.get()


def test_a_server_is_shown_as_it_was_seen(agent: MemoryAgent) -> None:
    agent.fail2ban.detect("sshd", "203.0.113.7")
    record(agent)
    seen = selectors.seen()
    assert (seen.up, seen.fresh, seen.version, seen.reason) == (True, True, "1.0.2", "")
    assert (seen.jail_count, seen.banned_current) == (2, 1)
    assert [(jail.name, jail.state is not None) for jail in selectors.jails()] == [("nginx", True), ("sshd", True)]


def test_a_silent_server_is_told_with_the_reason_and_its_jails_stay_known(agent: MemoryAgent) -> None:
    server = record(agent)
    services.record_down(server=server, error=AgentUnreachable("It was stopped. " * 100))
    seen = selectors.seen()
    assert (seen.up, seen.fresh, seen.jails) == (False, True, ())
    assert seen.reason.startswith("It was stopped.")
    assert [(jail.name, jail.state) for jail in selectors.jails()] == [("nginx", None), ("sshd", None)]


def test_what_was_seen_long_ago_tells_nothing_of_now(agent: MemoryAgent) -> None:
    record(agent)
    Status.objects.update(seen_at=Now() - timedelta(minutes=1))
    seen = selectors.seen()
    assert (seen.up, seen.fresh, seen.jails) == (False, False, ())
    assert "is it running?" in seen.reason
    assert [jail.state for jail in selectors.jails()] == [None, None]


def test_it_recovers_by_being_seen_again(agent: MemoryAgent) -> None:
    server = record(agent)
    services.record_down(server=server, error=AgentUnreachable("It was stopped."))
    record(agent)
    assert (selectors.seen().up, selectors.seen().reason) == (True, "")


def test_what_must_not_be_blocked_needs_the_agent(settings: object, tmp_path: object) -> None:
    settings.AGENT_SOCKET = tmp_path / "nobody"  # type: ignore[attr-defined, operator]
    with pytest.raises(AgentUnreachable):
        services.protected_networks(server=services.local())


@pytest.mark.parametrize("text", ["10.0.0.5", "192.168.0.1", "fd00::1", "203.0.113.7", "8.8.8.0/24", "2a00::/32"])
def test_a_stranger_may_be_blocked(text: str) -> None:
    assert Protected(named=(), special=SPECIAL_USE).reason_against(parse_network(text)) is None


@pytest.mark.parametrize(
    "text", ["127.0.0.1", "::1", "::", "0.0.0.1", "10.0.0.0/31", "224.0.0.1", "ff02::1", "10.0.0.0/7"]
)
def test_where_nobody_sits_nobody_may_be_blocked(text: str) -> None:
    assert Protected(named=(), special=SPECIAL_USE).reason_against(parse_network(text))


def test_the_machines_own_address_is_told_with_its_reason() -> None:
    own = parse_network("203.0.113.5")
    protected = Protected(named=((own, "this machine's gateway"),), special=())
    assert protected.reason_against(parse_network("203.0.113.0/24")) == "203.0.113.5 is this machine's gateway"
    assert protected.reason_against(parse_network("203.0.113.6")) is None
