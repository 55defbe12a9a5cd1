"""A ban or unban by hand can be taken back for a minute, and only what it did."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.test import Client

from banguard.accounts.models import Person
from banguard.agent.memory import MemoryAgent
from banguard.core.networks import parse_network
from banguard.history import undo
from banguard.history.models import Ban
from banguard.servers import services as servers

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client: Client, operator: Person, agent: MemoryAgent) -> Client:
    servers.record_up(server=servers.local(), status=agent.status())
    client.force_login(operator)
    return client


def kept(address: str, jail: str = "sshd", agent: MemoryAgent | None = None) -> None:
    """A ban that history and, if given, the server hold."""
    Ban.objects.create(
        server=servers.local(), origin="jail", jail=jail, address=address, banned_at="2026-01-01T00:00:00Z"
    )
    if agent:
        agent.ban(jail, [parse_network(address)])


def post(page: Client, what: str, addresses: str, jail: str = "sshd") -> str:
    return page.post(f"/history/{what}/", {"addresses": addresses, "jail": jail}, follow=True).content.decode()


def test_a_ban_is_taken_back(page: Client, agent: MemoryAgent) -> None:
    assert "2 addresses were banned by you just now." in post(page, "ban", "203.0.113.7 203.0.113.8")
    answer = page.post("/history/undo/", follow=True).content.decode()
    assert "Taken back: 2 bans." in answer
    assert agent.fail2ban.banned("sshd") == ()
    assert "/history/undo/" not in answer


def test_who_was_banned_before_stays_banned(page: Client, agent: MemoryAgent) -> None:
    kept("203.0.113.7", agent=agent)
    post(page, "ban", "203.0.113.7 203.0.113.8")
    page.post("/history/undo/")
    assert agent.fail2ban.banned("sshd") == ("203.0.113.7",)


def test_a_ban_in_every_jail_is_taken_back_in_every_jail(page: Client, agent: MemoryAgent) -> None:
    kept("203.0.113.7", jail="nginx", agent=agent)
    post(page, "ban", "203.0.113.7", jail="")
    page.post("/history/undo/")
    assert (agent.fail2ban.banned("sshd"), agent.fail2ban.banned("nginx")) == ((), ("203.0.113.7",))


def test_an_unban_is_taken_back_where_there_was_a_ban(page: Client, agent: MemoryAgent) -> None:
    kept("203.0.113.7", agent=agent)
    kept("203.0.113.9", jail="nginx", agent=agent)
    assert "2 bans were lifted by you just now." in post(page, "unban", "203.0.113.0/24", jail="")
    assert agent.fail2ban.banned("sshd") == ()
    page.post("/history/undo/")
    assert agent.fail2ban.banned("sshd") == ("203.0.113.7",)
    assert agent.fail2ban.banned("nginx") == ("203.0.113.9",)


def test_what_was_done_is_said_once(page: Client, agent: MemoryAgent) -> None:
    kept("203.0.113.7", agent=agent)
    offered = post(page, "unban", "203.0.113.7")
    assert "1 ban was lifted by you just now." in offered
    assert "1 ban lifted." not in offered
    assert "0 bans lifted." in post(page, "unban", "203.0.113.7")


def test_nothing_is_offered_that_would_do_nothing(page: Client) -> None:
    assert "/history/undo/" not in post(page, "unban", "203.0.113.7")


def test_nothing_is_offered_when_it_was_refused(page: Client) -> None:
    assert "/history/undo/" not in post(page, "ban", "127.0.0.1")
    assert "/history/undo/" not in page.get("/history/").content.decode()


def test_it_can_be_asked_once(page: Client, agent: MemoryAgent) -> None:
    post(page, "ban", "203.0.113.7")
    page.post("/history/undo/")
    post_again = page.post("/history/undo/", follow=True).content.decode()
    assert "It is too late to take this back" in post_again


def test_after_a_minute_it_is_too_late(page: Client, agent: MemoryAgent, monkeypatch: Any) -> None:
    post(page, "ban", "203.0.113.7")
    later = time.time() + undo.SECONDS + 1
    monkeypatch.setattr("time.time", lambda: later)
    assert "/history/undo/" not in page.get("/").content.decode()
    assert "It is too late" in page.post("/history/undo/", follow=True).content.decode()
    assert agent.fail2ban.banned("sshd") == ("203.0.113.7",)


def test_somebody_else_is_offered_nothing(page: Client, administrator: Person) -> None:
    post(page, "ban", "203.0.113.7")
    other = Client()
    other.force_login(administrator)
    assert "/history/undo/" not in other.get("/").content.decode()


def test_two_hundred_addresses_cost_no_more_queries_than_a_few(
    page: Client, django_assert_max_num_queries: Any
) -> None:
    many = " ".join(f"203.0.113.{last}" for last in range(200))
    post(page, "ban", many)
    with django_assert_max_num_queries(60):
        assert "Taken back: 200 bans." in page.post("/history/undo/", follow=True).content.decode()
