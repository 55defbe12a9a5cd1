"""Where people see the locks: the API, the Django admin, ``manage.py locks``, health and metrics."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client

from banguard.accounts.models import Person
from banguard.core import locks
from banguard.core.lock_report import lost_lately, report
from tests.conftest import Api

pytestmark = pytest.mark.django_db(transaction=True)


def test_every_lock_of_the_table_is_listed_even_if_nobody_took_it() -> None:
    assert [(state.lock, state.held) for state in report()] == [
        ("collect", False),
        ("configure", False),
        ("enforce", False),
        ("import", False),
    ]


def test_the_api_says_who_holds_it(api: Api) -> None:
    with locks.hold(locks.IMPORT, 4) as held:
        answer = api.get("/locks").json()
    (row,) = [row for row in answer["data"] if row["lock"] == "import"]
    assert (row["subject"], row["held"], row["token"]) == (4, True, held.token)
    assert "process" in row["holder"]
    assert row["heartbeat_at"] >= row["taken_at"]


def test_the_command_prints_the_same() -> None:
    out = StringIO()
    with locks.hold(locks.ENFORCE, 1) as held:
        call_command("locks", stdout=out)
    (line,) = [line for line in out.getvalue().splitlines() if line.startswith("enforce 1")]
    assert "held" in line
    assert str(held.token) in line


def test_the_admin_shows_it(client: Client, administrator: Person) -> None:
    client.force_login(administrator)
    with locks.hold(locks.IMPORT, 4):
        page = client.get("/admin/core/lease/").content.decode()
    assert 'alt="True"' in page


def test_a_lock_that_was_not_released_is_told_of(client: Client) -> None:
    with locks.hold(locks.IMPORT, 4) as held:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(session) FROM core_lease WHERE token = %s", [held.token])
        with locks.hold(locks.IMPORT, 4, wait=5):
            pass
    assert lost_lately() == ["import"]
    part = client.get("/health/ready").json()["parts"]["locks"]
    assert (part["ok"], part["lost_lately"]) == (False, ["import"])


def test_metrics_count_them(api: Api) -> None:
    with locks.hold(locks.IMPORT, 4):
        text = api.client.get("/metrics", headers=api.headers).content.decode()
    assert 'banguard_lock_held{lock="import"} 1.0' in text
    assert "banguard_lock_acquired_total" in text
