"""A list costs the same number of queries whether it has ten rows or twenty."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from banguard.accounts import services as accounts
from banguard.accounts.models import Person
from banguard.accounts.values import Role
from banguard.agent import verbs
from banguard.blocklists.models import Entry, Run, Source
from banguard.blocklists.values import State
from banguard.history.models import Ban, BanMatches
from banguard.servers import services as servers
from tests.conftest import Api

pytestmark = pytest.mark.django_db

LISTS = [
    "/bans",
    "/statistics/countries",
    "/statistics/addresses",
    "/jails",
    "/blocklists/sources",
    "/blocklists/runs",
    "/blocklists/entries",
    "/locks",
]
PAGES = [
    "/",
    "/history/",
    "/jails/",
    "/blocklists/",
    "/account/tokens/",
    "/people/",
    "/blocklists/sources/{source}/",
    "/status/",
]
MOST = 8  # queries of an API list, finding out who asks among them
MOST_OF_A_PAGE = 18  # the page “Status” asks for each part
MOST_OF_THE_DASHBOARD = 40  # a figure is a query or two, and it has some fifteen


def fill(count: int, person: Person) -> None:
    """Rows of every kind, each with a parent of its own where it has one; and jails as the collector tells them."""
    server, before = servers.local(), Source.objects.count()
    for number in range(before, before + count):
        source = Source.objects.create(name=f"feed {number}", url="https://example.com/")
        Entry.objects.create(source=source, network=f"203.0.113.{number}/32")
        for state in (State.FAILED, State.SUCCEEDED):
            Run.objects.create(source=source, state=state)
        ban = Ban.objects.create(
            server=server,
            origin="jail",
            jail=f"jail{number}",
            address=f"203.0.113.{number}",
            banned_at="2026-01-01T00:00:00Z",
        )
        BanMatches.objects.create(ban=ban, lines=["a line"], banned_at=ban.banned_at)
        accounts.create_person(username=f"person{number}", password="a long enough secret", role=Role.VIEWER)
        accounts.create_token(name=f"token {number}", scopes={"read"}, days=1, created_by=person)
    Run.objects.bulk_create(Run(source=Source.objects.earliest("id"), state=State.FAILED) for _ in range(count))
    tell_jails(before + count)


def tell_jails(count: int) -> None:
    numbers = {"failed_current": 0, "failed_total": 0, "banned_current": 1, "banned_total": 1}
    times = {"ban_time": 600, "find_time": 600, "max_retries": 5}
    states = tuple(verbs.JailState(name=f"jail{n}", **numbers, **times) for n in range(count))
    texts: dict[str, Any] = {
        "filter": "x",
        "backend": "auto",
        "ban_time": "10m",
        "find_time": "10m",
        "max_retries": "5",
    }
    lists: dict[str, Any] = {"log_paths": (), "actions": (), "files": ()}
    jails = tuple(verbs.Jail(name=state.name, enabled=True, state=state, **texts, **lists) for state in states)
    server = servers.local()
    servers.record_up(server=server, status=verbs.Status(version="1.0.2", jails=states))
    servers.record_jails(server=server, jails=verbs.Jails(jails=jails))


def queries_of(call: Callable[[], Any]) -> int:
    call()  # the first one may note a token's use, or fill a cache
    with CaptureQueriesContext(connection) as captured:
        assert call().status_code == 200
    return len(captured)


@pytest.mark.parametrize("path", LISTS)
def test_a_list_of_the_api(api: Api, administrator: Person, path: str) -> None:
    fill(10, administrator)
    ten = queries_of(lambda: api.get(path))
    fill(10, administrator)
    assert queries_of(lambda: api.get(path)) == ten <= MOST


@pytest.mark.parametrize("path", PAGES)
def test_a_list_page(client: Client, administrator: Person, path: str) -> None:
    client.force_login(administrator)
    fill(10, administrator)
    address = path.format(source=Source.objects.earliest("id").pk)
    ten = queries_of(lambda: client.get(address))
    fill(10, administrator)
    assert queries_of(lambda: client.get(address)) == ten <= (MOST_OF_THE_DASHBOARD if path == "/" else MOST_OF_A_PAGE)


@pytest.mark.parametrize("path", ["/admin/history/ban/", "/admin/blocklists/run/", "/admin/blocklists/entry/"])
def test_a_list_of_the_admin(client: Client, administrator: Person, path: str) -> None:
    client.force_login(administrator)
    fill(10, administrator)
    ten = queries_of(lambda: client.get(path))
    fill(10, administrator)
    assert queries_of(lambda: client.get(path)) == ten
