from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from banguard.accounts.models import Person
from banguard.history.models import Ban
from banguard.servers import services as servers

OURS = [model for model in apps.get_models() if model.__module__.startswith("banguard.")]
INSIDE = {"Spent", "AuditHead", "Tally", "Standing", "Top", "Ranked", "Retained"}  # counters: nothing to look at
LISTS = [model for model in OURS if model in admin.site._registry]


@pytest.fixture
def signed_in(client: Client, administrator: Person) -> Client:
    client.force_login(administrator)
    return client


def test_whatever_is_kept_can_be_looked_at() -> None:
    assert {model.__name__ for model in OURS} - {model.__name__ for model in LISTS} <= INSIDE


@pytest.mark.parametrize("model", LISTS, ids=lambda model: model.__name__)
def test_no_list_counts_without_a_bound(signed_in: Client, model: type) -> None:
    meta = model._meta  # type: ignore[attr-defined]
    with CaptureQueriesContext(connection) as asked:
        assert signed_in.get(f"/admin/{meta.app_label}/{meta.model_name}/").status_code == 200
    counts = [query["sql"] for query in asked if "COUNT(" in query["sql"] and meta.db_table in query["sql"]]
    assert [sql for sql in counts if "LIMIT" not in sql and meta.model_name != "person"] == []


@pytest.mark.parametrize("looked_for", ["203.0.113.0/24", "sshd", "%00", "x" * 200])
def test_bans_are_found_by_address_or_jail(signed_in: Client, looked_for: str) -> None:
    assert signed_in.get("/admin/history/ban/", {"q": looked_for}).status_code == 200


@pytest.mark.parametrize(
    ("address", "spelt"), [("203.0.113.7", ">203.0.113.7<"), ("203.0.113.0/30", ">203.0.113.0/30<")]
)
def test_an_address_is_spelt_as_everywhere(signed_in: Client, address: str, spelt: str) -> None:
    Ban.objects.create(server=servers.local(), jail="sshd", address=address, origin="jail", banned_at=timezone.now())
    assert spelt in signed_in.get("/admin/history/ban/").content.decode()
