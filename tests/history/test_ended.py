"""A ban is in force until its time is over, whoever asks and whether its end was written yet or not."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from banguard.accounts.models import Person
from banguard.history.models import Ban
from banguard.history.search import Search
from banguard.history.selectors import bans, bans_page, listing, newest_active, statistics
from banguard.servers import services as servers
from tests.conftest import Api

pytestmark = pytest.mark.django_db

RUN_OUT, LIFTED, HOLDS, FOR_EVER = (f"203.0.113.{last}" for last in range(1, 5))


@pytest.fixture(autouse=True)
def four() -> None:
    """One whose end nobody has written yet, one that was lifted, and two that hold."""
    now = timezone.now()
    ends = {
        RUN_OUT: (now - timedelta(seconds=1), None),
        LIFTED: (now + timedelta(hours=1), now),
        HOLDS: (now + timedelta(hours=1), None),
        FOR_EVER: (None, None),
    }
    for age, (address, (expires_at, lifted_at)) in enumerate(ends.items(), start=1):
        given = {"jail": "sshd", "origin": "jail", "country": "DE", "banned_at": now - timedelta(minutes=age)}
        Ban.objects.create(server=servers.local(), address=address, expires_at=expires_at, lifted_at=lifted_at, **given)


@pytest.mark.parametrize("narrowed", [{}, {"jail": "sshd"}, {"jail": "sshd", "country": "DE", "origin": "jail"}])
@pytest.mark.parametrize(("active", "expected"), [(True, [HOLDS, FOR_EVER]), (False, [RUN_OUT, LIFTED])])
def test_list_and_total_of_the_api_agree(api: Api, narrowed: dict[str, str], active: bool, expected: list[str]) -> None:
    for order in ("newest", "oldest"):
        told = api.get("/bans", active=str(active).lower(), order=order, **narrowed).json()
        assert [ban["address"] for ban in told["data"]] == (expected if order == "newest" else expected[::-1])
        assert {ban["active"] for ban in told["data"]} == {active}
        assert (told["pagination"]["total"], told["pagination"]["at_least"]) == (2, False)


def test_page_export_and_figures_agree(client: Client, viewer: Person, api: Api) -> None:
    client.force_login(viewer)
    shown = client.get("/history/", {"state": "ended"}).content.decode()
    assert [address for address in (RUN_OUT, LIFTED, HOLDS, FOR_EVER) if f">{address}<" in shown] == [RUN_OUT, LIFTED]
    lines = b"".join(client.get("/history/export.jsonl?state=ended")).decode().splitlines()  # type: ignore[arg-type]
    assert [json.loads(line)["address"] for line in lines] == [RUN_OUT, LIFTED]
    assert api.get("/statistics/summary").json()["active"] == 2
    assert [str(ban.address.network_address) for ban in newest_active(jail="sshd", most=9)] == [HOLDS, FOR_EVER]
    assert [api.get(f"/addresses/{address}").json()["active"] for address in (RUN_OUT, HOLDS)] == [0, 1]


@pytest.mark.parametrize("narrowed", [{}, {"jail": "sshd"}, {"address": "203.0.113.0/24"}])
def test_where_no_collector_ran_for_long_the_same_is_found(
    monkeypatch: pytest.MonkeyPatch, narrowed: dict[str, str]
) -> None:
    monkeypatch.setattr(listing, "RUN_OUT_UP_TO", 2)
    Ban.objects.filter(address=FOR_EVER).update(expires_at=timezone.now())
    search = Search(active=False, **narrowed)  # type: ignore[arg-type]
    first = bans_page(search=search, cursor=None, page_size=2)
    second = bans_page(search=search, cursor=first.next_cursor, page_size=2)
    expected = bans(search=search).order_by("-banned_at", "-id")
    assert [ban.pk for ban in (*first.data, *second.data)] == list(expected.values_list("pk", flat=True))
    assert (first.total, statistics.summary(search=Search(jail="sshd")).active) == (3, 1)


def test_an_end_that_is_written_meanwhile_changes_nothing() -> None:
    first = bans_page(search=Search(active=False), cursor=None, page_size=1)
    Ban.objects.filter(address=RUN_OUT).update(lifted_at=timezone.now(), lift_reason="expired")
    second = bans_page(search=Search(active=False), cursor=first.next_cursor, page_size=1)
    assert [str(ban.address.network_address) for ban in (*first.data, *second.data)] == [RUN_OUT, LIFTED]
