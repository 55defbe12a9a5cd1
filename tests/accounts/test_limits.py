from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test import Client

from banguard.accounts import services, tasks
from banguard.accounts.models import Person, Spent
from banguard.accounts.values import EVERY_SCOPE, Caller
from banguard.core.errors import RateLimited
from tests.conftest import Api

SOMEBODY = Caller("script", person_id=None, token_id=1, scopes=EVERY_SCOPE)


@pytest.fixture(autouse=True)
def _three_a_minute(settings: Any) -> None:
    settings.API_REQUESTS_PER_MINUTE = 3


def test_the_fourth_request_is_told_when_to_come_again(api: Api) -> None:
    statuses = [api.get("/jails").status_code for _ in range(3)]
    refused = api.get("/jails")
    assert statuses == [200, 200, 200]
    assert (refused.status_code, refused.json()["error_code"]) == (429, "rate_limited")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60


def test_each_token_is_counted_alone(api_with: Callable[..., Api]) -> None:
    greedy, modest = api_with("read"), api_with("read")
    assert [greedy.get("/jails").status_code for _ in range(4)][-1] == 429
    assert modest.get("/jails").status_code == 200


def test_a_person_is_counted_too(client: Client, viewer: Person) -> None:
    client.force_login(viewer)
    assert [client.get("/api/v1/jails").status_code for _ in range(4)] == [200, 200, 200, 429]


@pytest.mark.django_db
def test_after_a_minute_counting_starts_anew() -> None:
    for _ in range(3):
        services.spend(caller=SOMEBODY)
    Spent.objects.update(began_at=Now() - timedelta(seconds=61))
    services.spend(caller=SOMEBODY)
    assert Spent.objects.get().count == 1


@pytest.mark.django_db
def test_minutes_that_are_over_are_forgotten() -> None:
    for key in ("over", "begins anew", "goes on"):
        services.is_among_first(3, key=key)
    Spent.objects.exclude(key="goes on").update(began_at=Now() - timedelta(seconds=61))
    services.is_among_first(3, key="begins anew")
    tasks.tidy()
    assert set(Spent.objects.values_list("key", flat=True)) == {"begins anew", "goes on"}


@pytest.mark.django_db
def test_strangers_of_one_ipv6_network_are_counted_as_one() -> None:
    for number in range(3):
        Client(REMOTE_ADDR=f"2001:db8::{number}").get("/api/v1/jails", headers={"Authorization": "Bearer made-up"})
    assert list(Spent.objects.values_list("key", "count")) == [("stranger:2001:db8::/64", 3)]


@pytest.mark.django_db(transaction=True)
def test_many_at_the_same_time_are_all_counted() -> None:
    def ask(_number: int) -> bool:
        try:
            services.spend(caller=SOMEBODY)
        except RateLimited:
            return False
        else:
            return True
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, range(40))) == 3
