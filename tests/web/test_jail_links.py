"""Fail2ban lets a jail be called what no address can hold; every page that names jails stands all the same."""

from __future__ import annotations

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone

from banguard.accounts.models import Person
from banguard.agent.config_verbs import Difference
from banguard.agent.memory import MemoryAgent
from banguard.agent.verbs import Jails
from banguard.config.models import Ignored
from banguard.history.models import Ban
from banguard.servers import services as servers
from banguard.web.cells import jail_link

pytestmark = pytest.mark.django_db


@pytest.fixture
def visitor(client: Client, viewer: Person, agent: MemoryAgent) -> Client:
    """The server has a jail that is called ``web/x``."""
    server = servers.local()
    servers.record_up(server=server, status=agent.status())
    jail = agent.jails().jails[0].model_copy(update={"name": "web/x"})
    servers.record_jails(server=server, jails=Jails(jails=(jail,)))
    client.force_login(viewer)
    return client


def test_a_jail_without_a_page_is_only_named() -> None:
    assert jail_link("sshd") == '<a href="/jails/sshd/">sshd</a>'
    assert [jail_link(name) for name in ("web/x", "<b>/", "")] == ["web/x", "&lt;b&gt;/", ""]


def test_the_list_of_jails_names_it(visitor: Client) -> None:
    assert 'data-label="Jail" class="wide">web/x</td>' in visitor.get("/jails/").content.decode()


def test_the_page_of_a_ban_names_it(visitor: Client) -> None:
    ban = Ban.objects.create(server=servers.local(), jail="web/x", address="203.0.113.7", banned_at=timezone.now())
    assert "<dd>web/x</dd>" in visitor.get(f"/history/{ban.pk}/").content.decode()


def test_an_ignored_address_names_it(visitor: Client) -> None:
    Ignored.objects.create(server=servers.local(), network="203.0.113.7", jail="web/x")
    assert 'data-label="Jail">web/x</td>' in visitor.get("/config/ignored/").content.decode()


def test_what_differs_names_it() -> None:
    one = Difference(jail="web/x", what="state", files="-", server="running")
    assert 'data-label="Jail">web/x</td>' in render_to_string("config/drift.html", {"drift": [one]})


@pytest.mark.parametrize("what", ["ban", "unban"])
def test_nothing_is_done_in_it_by_hand_so_nothing_has_to_lead_back_to_it(
    visitor: Client, operator: Person, agent: MemoryAgent, what: str
) -> None:
    visitor.force_login(operator)
    posted = {"addresses": "203.0.113.7", "jail": "web/x", "back": "jail"}
    assert visitor.post(f"/history/{what}/", posted).status_code == 422
    assert agent.asked[what] == 0
