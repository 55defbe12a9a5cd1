"""Starting, stopping and pausing jails, by API and page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from banguard.accounts.models import AuditRecord, Person
from banguard.agent.memory import MemoryAgent
from banguard.agent.verbs import BLOCKLIST_JAIL
from banguard.core import locks
from banguard.core.errors import Fail2banUnreachable
from banguard.fail2ban.memory import MemoryJail
from banguard.servers import services as servers
from tests.conftest import Api

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def seen(agent: MemoryAgent) -> None:
    agent.fail2ban.add_jail(MemoryJail(BLOCKLIST_JAIL))
    servers.record_up(server=servers.local(), status=agent.status())
    servers.record_jails(server=servers.local(), jails=agent.jails())


@pytest.fixture
def visitor(client: Client, administrator: Person) -> Client:
    client.force_login(administrator)
    return client


def test_a_jail_is_stopped_and_started(api: Api, agent: MemoryAgent) -> None:
    stopped = api.post("/jails/sshd/stop")
    assert (stopped.status_code, stopped.json()["running"]) == (200, False)
    assert agent.fail2ban.jail_names() == (BLOCKLIST_JAIL, "nginx")
    assert api.post("/jails/sshd/start").json()["running"]


@pytest.mark.parametrize("what", ["restart", "reload"])
def test_a_jail_is_loaded_anew(api: Api, agent: MemoryAgent, what: str) -> None:
    agent.fail2ban.idle("sshd", on=True)
    assert api.post(f"/jails/sshd/{what}").json()["running"]
    assert not agent.fail2ban._jails["sshd"].idle


def test_an_idle_jail_is_told_apart_until_it_goes_on(api: Api, visitor: Client, agent: MemoryAgent) -> None:
    assert api.post("/jails/sshd/idle").json()["idle_since"] is not None
    assert agent.fail2ban._jails["sshd"].idle
    assert "told to be idle" in visitor.get("/jails/sshd/").content.decode()
    assert ">idle</span>" in visitor.get("/jails/").content.decode()
    assert api.post("/jails/sshd/idle", idle=False).json()["idle_since"] is None
    assert not agent.fail2ban._jails["sshd"].idle


def test_what_was_done_is_told_to_the_audit_trail(api: Api) -> None:
    api.post("/jails/sshd/stop")
    assert list(AuditRecord.objects.filter(action="jail.stop").values_list("target", "outcome").order_by("number")) == [
        ("sshd", "begun"),
        ("sshd", "done"),
    ]


@pytest.mark.parametrize("what", ["start", "stop", "restart", "reload", "idle"])
@pytest.mark.parametrize("name", ["nosuch", "..", "%00", "x" * 300, "dbpurgeage"])
def test_a_jail_that_is_not_there_is_404(api: Api, what: str, name: str) -> None:
    assert api.post(f"/jails/{name}/{what}").status_code == 404


@pytest.mark.parametrize("what", ["stop", "idle"])
def test_the_blocklists_are_not_switched_off_by_their_jail(api: Api, agent: MemoryAgent, what: str) -> None:
    answer = api.post(f"/jails/{BLOCKLIST_JAIL}/{what}")
    assert (answer.status_code, answer.json()["error_code"]) == (422, "invalid_input")
    assert BLOCKLIST_JAIL in agent.fail2ban.jail_names()


@pytest.mark.parametrize("body", [{"idle": "maybe"}, {"idle": None}, {"what": "stop"}, {"idle": [True]}])
def test_what_cannot_be_read_pauses_nothing(api: Api, agent: MemoryAgent, body: dict[str, Any]) -> None:
    assert api.post("/jails/sshd/idle", **body).status_code == 422
    assert not agent.fail2ban._jails["sshd"].idle


def test_a_server_that_does_not_answer_is_503(api: Api, agent: MemoryAgent) -> None:
    agent.fail2ban.running = False
    assert api.post("/jails/sshd/stop").json()["error_code"] == "fail2ban_unreachable"


def test_a_server_that_is_busy_afterwards_has_done_it(
    api: Api, agent: MemoryAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy() -> None:
        raise Fail2banUnreachable("Fail2ban does not answer.")

    monkeypatch.setattr(agent, "status", busy)
    assert api.post("/jails/sshd/stop").status_code == 200
    assert AuditRecord.objects.latest("number").outcome == "done"


def test_while_the_configuration_is_changed_nothing_is_controlled(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("banguard.config.services.controlling.PATIENCE", 0.0)
    with locks.hold(locks.CONFIGURE, servers.local().pk):
        assert api.post("/jails/sshd/stop").json()["error_code"] == "lock_busy"


def test_the_buttons_say_what_will_happen_and_do_it(visitor: Client, agent: MemoryAgent) -> None:
    agent.fail2ban.detect("sshd", "203.0.113.7")
    servers.record_up(server=servers.local(), status=agent.status())
    assert "its 1 ban is lifted" in visitor.get("/jails/sshd/").content.decode()
    answer = visitor.post("/jails/sshd/control/", {"what": "stop"}, follow=True)
    assert "sshd is stopped" in answer.content.decode()
    assert "sshd" not in agent.fail2ban.jail_names()
    assert "sshd runs." in visitor.post("/jails/sshd/control/", {"what": "start"}, follow=True).content.decode()


@pytest.mark.parametrize("what", ["", "STOP", "unban --all", "stop\n", "<b>"])
def test_a_button_that_was_made_up_does_nothing(visitor: Client, agent: MemoryAgent, what: str) -> None:
    assert visitor.post("/jails/sshd/control/", {"what": what}).status_code == 422
    assert "sshd" in agent.fail2ban.jail_names()


def test_what_fail2ban_says_no_to_is_told_on_the_page(visitor: Client, agent: MemoryAgent) -> None:
    agent.fail2ban.running = False
    assert "no such socket" in visitor.post("/jails/sshd/control/", {"what": "stop"}, follow=True).content.decode()


def test_an_operator_bans_in_a_jail_but_controls_none(client: Client, operator: Person, agent: MemoryAgent) -> None:
    client.force_login(operator)
    html = client.get("/jails/sshd/").content.decode()
    assert "Ban in it" in html
    assert "jail-control" not in html
    assert client.post("/jails/sshd/control/", {"what": "stop"}).status_code == 403
    posted = {"addresses": "203.0.113.9, 2001:db8::/64", "jail": "sshd", "back": "jail"}
    assert client.post("/history/ban/", posted).headers["Location"] == "/jails/sshd/"
    assert set(agent.fail2ban.banned("sshd")) == {"203.0.113.9", "2001:db8::/64"}


def test_the_logs_of_a_jail_are_shown(visitor: Client, api: Api, agent: MemoryAgent, tmp_path: Path) -> None:
    agent.fail2ban._jails["sshd"].log_paths = ("/etc/shadow",)
    html = visitor.get("/jails/sshd/logs/").content.decode()
    assert "It lies outside the folders for logs" in html
    row = api.get("/jails/sshd/logs").json()["data"][0]
    assert (row["kind"], row["name"], row["followed"], row["lines"]) == ("file", "/etc/shadow", True, [])


@pytest.mark.parametrize("lines", ["-1", "201", "x", ""])
def test_no_more_lines_are_told_than_allowed(api: Api, lines: str) -> None:
    assert api.get("/jails/sshd/logs", lines=lines).status_code == 422
