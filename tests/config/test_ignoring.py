"""Ignored addresses: at once in the server, then in its files, until they end; by API and page."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from banguard.accounts.models import AuditRecord, Person
from banguard.agent.memory import MemoryAgent
from banguard.config import overlay, tasks
from banguard.config.models import Ignored, Revision
from banguard.fail2ban.configfiles import read_jails
from banguard.servers import services as servers
from tests.conftest import Api

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def seen(agent: MemoryAgent, folder: Path) -> None:
    """sshd and nginx are enabled in the files and run; nginx ignores something by itself."""
    (folder / "jail.local").write_text(
        "[DEFAULT]\nbackend = polling\nlogpath = /dev/null\naction =\n[sshd]\nenabled = true\n"
        "[nginx]\nenabled = true\nfilter = sshd\nignoreip = 10.0.0.0/8\n"
    )
    agent.configured = read_jails(folder)
    servers.record_up(server=servers.local(), status=agent.status())
    servers.record_jails(server=servers.local(), jails=agent.jails())


def written(folder: Path) -> str:
    path = folder / overlay.IGNORED
    return path.read_text() if path.exists() else ""


def ids(api: Api) -> list[int]:
    return [row["id"] for row in api.get("/config/ignored").json()["data"]]


def test_an_address_is_ignored_at_once_and_for_good(api: Api, agent: MemoryAgent, folder: Path) -> None:
    answer = api.post("/config/ignored", addresses=["203.0.113.7", "2001:DB8::/64"], jail="sshd", note="ours")
    assert (answer.status_code, answer.json()) == (201, {"count": 2})
    assert set(agent.fail2ban.ignored("sshd")) == {"203.0.113.7", "2001:db8::/64"}
    assert agent.fail2ban.ignored("nginx") == ()
    tasks.settle_ignored()
    assert "[sshd]\nignoreip = 203.0.113.7 2001:db8::/64\n" in written(folder)
    assert {(row["note"], row["kept"]) for row in api.get("/config/ignored").json()["data"]} == {("ours", True)}


def test_in_every_jail_means_those_with_a_list_of_their_own_too(api: Api, agent: MemoryAgent, folder: Path) -> None:
    api.post("/config/ignored", addresses=["203.0.113.7"])
    assert agent.fail2ban.ignored("nginx") == agent.fail2ban.ignored("sshd") == ("203.0.113.7",)
    tasks.settle_ignored()
    assert "[DEFAULT]\nignoreip = 203.0.113.7\n" in written(folder)
    assert "[nginx]\nignoreip = 10.0.0.0/8 203.0.113.7\n" in written(folder)


def test_what_is_taken_away_leaves_server_and_files(api: Api, agent: MemoryAgent, folder: Path) -> None:
    api.post("/config/ignored", addresses=["203.0.113.7"], jail="sshd")
    tasks.settle_ignored()
    assert api.delete(f"/config/ignored/{ids(api)[0]}").status_code == 204
    assert agent.fail2ban.ignored("sshd") == ()
    tasks.settle_ignored()
    assert (written(folder), Ignored.objects.count(), ids(api)) == ("", 0, [])


def test_what_another_wish_ignores_stays_ignored(api: Api, agent: MemoryAgent) -> None:
    api.post("/config/ignored", addresses=["203.0.113.7"], jail="sshd")
    api.post("/config/ignored", addresses=["203.0.113.7"])
    api.delete(f"/config/ignored/{ids(api)[0]}")
    assert agent.fail2ban.ignored("sshd") == ("203.0.113.7",)
    assert agent.fail2ban.ignored("nginx") == ()


def test_it_ends_when_its_time_is_over(api: Api, agent: MemoryAgent, folder: Path) -> None:
    later = (timezone.now() + timedelta(hours=1)).isoformat()
    assert api.post("/config/ignored", addresses=["203.0.113.7"], jail="sshd", expires_at=later).status_code == 201
    tasks.settle_ignored()
    Ignored.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    tasks.settle_ignored()
    assert (agent.fail2ban.ignored("sshd"), written(folder), ids(api)) == ((), "", [])


def test_while_the_server_is_silent_the_wish_is_kept(api: Api, agent: MemoryAgent, folder: Path) -> None:
    agent.fail2ban.running = False
    assert api.post("/config/ignored", addresses=["203.0.113.7"], jail="sshd").status_code == 201
    assert api.get("/config/ignored").json()["data"][0]["kept"] is False
    agent.fail2ban.running = True
    tasks.settle_ignored()
    assert "203.0.113.7" in written(folder)


def test_what_an_administrator_adds_elsewhere_counts(api: Api, folder: Path) -> None:
    api.post("/config/ignored", addresses=["203.0.113.7"], jail="sshd")
    tasks.settle_ignored()
    (folder / "jail.d/own.local").write_text("[sshd]\nignoreip = 198.51.100.1\n")
    tasks.settle_ignored()
    assert "[sshd]\nignoreip = 198.51.100.1 203.0.113.7\n" in written(folder)


def test_a_change_that_failed_is_not_tried_each_minute(api: Api, folder: Path, monkeypatch: Any) -> None:
    api.post("/config/ignored", addresses=["203.0.113.7"], jail="sshd")
    tasks.settle_ignored()
    Revision.objects.filter(path=overlay.IGNORED).update(state="rolled_back")
    (folder / overlay.IGNORED).unlink()
    tasks.settle_ignored()
    assert Revision.objects.filter(path=overlay.IGNORED).count() == 1


def test_saying_it_again_gives_a_new_note(api: Api) -> None:
    api.post("/config/ignored", addresses=["203.0.113.7"], note="old")
    assert api.post("/config/ignored", addresses=["203.0.113.7"], note="new").json() == {"count": 0}
    assert [row["note"] for row in api.get("/config/ignored").json()["data"]] == ["new"]


def test_who_did_it_is_told(api: Api) -> None:
    api.post("/config/ignored", addresses=["203.0.113.7"], jail="sshd")
    api.delete(f"/config/ignored/{ids(api)[0]}")
    told = AuditRecord.objects.filter(outcome="done", action__in=("ignore", "heed")).order_by("number")
    assert list(told.values_list("action", "target")) == [
        ("ignore", "203.0.113.7 in sshd"),
        ("heed", "203.0.113.7 in sshd"),
    ]


def test_a_jail_that_is_not_there_is_404(api: Api) -> None:
    assert api.post("/config/ignored", addresses=["203.0.113.7"], jail="nosuch").status_code == 404
    assert api.delete("/config/ignored/999").status_code == 404


@pytest.fixture
def visitor(client: Client, administrator: Person) -> Client:
    client.force_login(administrator)
    return client


def test_the_page_ignores_and_takes_away(visitor: Client, agent: MemoryAgent) -> None:
    posted = {"addresses": "203.0.113.7,\n198.51.100.0/24", "jail": "", "note": "<b>us</b>", "lasts": "1w 2d"}
    html = visitor.post("/config/ignored/", posted, follow=True).content.decode()
    assert "2 addresses more are ignored." in html
    assert "&lt;b&gt;us&lt;/b&gt;" in html
    assert "203.0.113.7" in visitor.get("/jails/sshd/").content.decode()
    row = Ignored.objects.get(network="203.0.113.7/32")
    assert timedelta(days=8) < row.expires_at - timezone.now() < timedelta(days=10)  # type: ignore[operator]
    assert "is banned again" in visitor.post(f"/config/ignored/{row.pk}/heed/", follow=True).content.decode()


def test_an_operator_may_look(client: Client, operator: Person) -> None:
    client.force_login(operator)
    assert "Ignore them" not in client.get("/config/ignored/").content.decode()
    assert client.post("/config/ignored/", {"addresses": "203.0.113.7"}).status_code == 403
