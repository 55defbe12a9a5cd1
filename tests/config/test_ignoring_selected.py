"""Ignored addresses that were selected are taken away together: one record, and one call for each jail."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from unittest.mock import patch

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from banguard.accounts.models import AuditRecord, Person
from banguard.agent.memory import MemoryAgent
from banguard.config import tasks
from banguard.config.models import Ignored
from banguard.config.services import ignoring
from banguard.core.errors import NotFound
from banguard.fail2ban.configfiles import read_jails
from banguard.servers import services as servers

pytestmark = pytest.mark.django_db(transaction=True)

HEED = "/config/ignored/heed/"


@pytest.fixture(autouse=True)
def seen(agent: MemoryAgent, folder: Path) -> None:
    own = "enabled = true\nfilter = sshd\n"
    (folder / "jail.local").write_text(
        f"[DEFAULT]\nbackend = polling\nlogpath = /dev/null\naction =\n[sshd]\n{own}[nginx]\n{own}"
    )
    agent.configured = read_jails(folder)
    servers.record_up(server=servers.local(), status=agent.status())
    servers.record_jails(server=servers.local(), jails=agent.jails())


def ignored(jail: str | None, *addresses: str) -> list[int]:
    before = set(Ignored.objects.values_list("pk", flat=True))
    ignoring.ignore(addresses=addresses, jail=jail, note="ours", expires_at=None, author="anna")
    return list(Ignored.objects.exclude(pk__in=before).order_by("pk").values_list("pk", flat=True))


def of(agent: MemoryAgent, jail: str) -> Sequence[str]:
    return agent.fail2ban.ignored(jail)


def test_they_are_named_and_then_taken_away(client: Client, administrator: Person, agent: MemoryAgent) -> None:
    client.force_login(administrator)
    ids = [*ignored("sshd", "203.0.113.7", "2001:db8::/64"), *ignored(None, "198.51.100.7")]
    shown = client.post(HEED, {"ids": ids}).content.decode()
    assert "Take 3 ignored addresses away" in shown
    assert "<bdi>203.0.113.7 (sshd)</bdi>" in shown
    assert "<bdi>198.51.100.7</bdi>" in shown
    assert len(of(agent, "sshd")) == 3
    answer = client.post(HEED, {"ids": ids, "sure": "1"}, follow=True)
    assert "3 addresses are ignored no longer." in answer.content.decode()
    assert of(agent, "sshd") == of(agent, "nginx") == ()
    tasks.settle_ignored()
    assert not Ignored.objects.exists()
    told = AuditRecord.objects.filter(action="heed").values_list("outcome", flat=True)
    assert list(told.order_by("number")) == ["begun", "done"]
    assert AuditRecord.objects.filter(action="heed").last().before["notes"]["203.0.113.7 in sshd"] == "ours"


def test_what_another_row_still_wishes_stays(agent: MemoryAgent) -> None:
    first = ignored("sshd", "203.0.113.7", "203.0.113.8")
    ignored(None, "203.0.113.7")
    ignored("nginx", "203.0.113.8")
    assert ignoring.heed_several(ignored_ids=first) == 2
    assert of(agent, "sshd") == ("203.0.113.7",)
    assert set(of(agent, "nginx")) == {"203.0.113.7", "203.0.113.8"}


@pytest.mark.parametrize("count", [2, 40])
def test_many_take_no_more_calls_and_queries_than_few(agent: MemoryAgent, count: int) -> None:
    ids = ignored(None, *(f"203.0.113.{n}" for n in range(count)))
    with (
        patch.object(agent.fail2ban, "heed", wraps=agent.fail2ban.heed) as heed,
        CaptureQueriesContext(connection) as captured,
    ):
        ignoring.heed_several(ignored_ids=ids)
    assert sorted(call.args[0] for call in heed.call_args_list) == ["nginx", "sshd"]
    assert len(captured) <= 22
    assert of(agent, "sshd") == ()


def test_those_whose_time_is_over_end_in_one_record(agent: MemoryAgent) -> None:
    ignored("sshd", *(f"203.0.113.{n}" for n in range(5)))
    Ignored.objects.update(expires_at="2026-01-01T00:00:00Z")
    tasks.settle_ignored()
    assert of(agent, "sshd") == ()
    told = AuditRecord.objects.filter(action="heed", outcome="done").get()
    assert told.target == "203.0.113.0 in sshd, 203.0.113.1 in sshd, 203.0.113.2 in sshd and 2 more"
    assert len(told.after["expired"]) == 5


def test_a_server_that_is_silent_is_told_later(agent: MemoryAgent) -> None:
    ids = ignored("sshd", "203.0.113.7")
    agent.fail2ban.running = False
    assert ignoring.heed_several(ignored_ids=ids) == 1
    with pytest.raises(NotFound):
        ignoring.heed_several(ignored_ids=ids)


def test_who_may_not_configure_takes_nothing_away(client: Client, operator: Person) -> None:
    client.force_login(operator)
    ids = ignored("sshd", "203.0.113.7")
    assert client.post(HEED, {"ids": ids, "sure": "1"}).status_code == 403
    assert 'form="heed-these"' not in client.get("/config/ignored/").content.decode()
    assert Ignored.objects.filter(ended_at=None).count() == 1
