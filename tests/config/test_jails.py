"""Jails on pages and in the API, from what the collector wrote; nothing here waits for Fail2ban."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from banguard.accounts.models import Person
from banguard.agent.memory import MemoryAgent
from banguard.core.errors import Fail2banUnreachable
from banguard.fail2ban.values import ConfiguredJail, ConfiguredJails
from banguard.servers import services as servers
from tests.conftest import Api

pytestmark = pytest.mark.django_db


@pytest.fixture
def seen(agent: MemoryAgent) -> None:
    """sshd and nginx run, ftp is enabled without running, smtp is disabled."""
    options = {"bantime": "1h", "findtime": "10m", "maxretry": "3", "filter": "vsftpd", "backend": "auto"}
    agent.configured = ConfiguredJails(
        jails=(
            ConfiguredJail("ftp", True, options, ("jail.conf", "jail.d/ftp.local")),
            ConfiguredJail("sshd", True, options | {"filter": "sshd"}, ("jail.conf",)),
            ConfiguredJail("smtp", False, options, ("jail.conf",)),
        )
    )
    agent.fail2ban.detect("sshd", "203.0.113.7")
    server = servers.local()
    servers.record_up(server=server, status=agent.status())
    servers.record_jails(server=server, jails=agent.jails())


@pytest.fixture
def visitor(client: Client, operator: Person) -> Client:
    client.force_login(operator)
    return client


@pytest.mark.usefixtures("seen")
def test_every_jail_is_listed_by_name(api: Api) -> None:
    jails = api.get("/jails").json()["data"]
    assert [(jail["name"], jail["enabled"], jail["running"]) for jail in jails] == [
        ("ftp", True, False),
        ("nginx", False, True),  # runs although the files do not say so
        ("smtp", False, False),
        ("sshd", True, True),
    ]


@pytest.mark.usefixtures("seen")
def test_a_jail_has_its_state_its_values_and_where_they_come_from(api: Api) -> None:
    sshd = api.get("/jails/sshd").json()
    assert sshd["state"]["banned_current"] == 1
    assert (sshd["filter"], sshd["files"]) == ("sshd", ["jail.conf"])
    ftp = api.get("/jails/ftp").json()
    assert (ftp["state"], ftp["ban_time"], ftp["files"]) == (None, "1h", ["jail.conf", "jail.d/ftp.local"])


@pytest.mark.usefixtures("seen")
def test_the_list_goes_by_pages(api: Api) -> None:
    first = api.get("/jails", page_size=3).json()
    second = api.get("/jails", page_size=3, cursor=first["pagination"]["next_cursor"]).json()
    assert [len(first["data"]), len(second["data"]), first["pagination"]["total"]] == [3, 1, 4]


@pytest.mark.parametrize("name", ["nosuch", "..", "x" * 500, "%00", "a%2Fb", "<b>"])
def test_an_unknown_jail_is_404(api: Api, name: str) -> None:
    answer = api.get(f"/jails/{name}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "application/json")


@pytest.mark.usefixtures("seen")
def test_the_pages_show_the_same(visitor: Client) -> None:
    listed = visitor.get("/jails/").content.decode()
    assert listed.index("nginx") < listed.index("sshd") < listed.index("ftp") < listed.index("smtp")
    folded = listed[listed.index("1 jail that is not enabled") :]
    assert "smtp" in folded
    assert not {"sshd", "ftp"} & set(re.findall(r"/jails/(\w+)/", folded))
    assert "jail.d/ftp.local" in visitor.get("/jails/ftp/").content.decode()
    for name in ("sshd", "nginx", "smtp"):
        assert visitor.get(f"/jails/{name}/").status_code == 200
    assert visitor.get("/jails/nosuch/").status_code == 404


@pytest.mark.usefixtures("seen")
def test_while_fail2ban_is_silent_jails_are_known_but_none_runs(api: Api, visitor: Client, agent: MemoryAgent) -> None:
    agent.fail2ban.running = False
    servers.record_down(server=servers.local(), error=Fail2banUnreachable("Fail2ban does not answer: gone."))
    assert {jail["running"] for jail in api.get("/jails").json()["data"]} == {False}
    assert "Fail2ban does not answer: gone." in visitor.get("/jails/").content.decode()
    assert visitor.get("/jails/sshd/").status_code == 200


def test_before_the_first_look_pages_and_api_are_empty(api: Api, visitor: Client) -> None:
    assert api.get("/jails").json()["data"] == []
    assert "has not looked" in visitor.get("/jails/").content.decode()


def test_no_page_and_no_list_waits_for_the_agent(api: Api, visitor: Client, settings: Any, tmp_path: Any) -> None:
    settings.AGENT_SOCKET = tmp_path / "nobody"
    for path in ("/", "/jails/", "/history/", "/blocklists/"):
        assert visitor.get(path).status_code == 200
    for path in ("/jails", "/bans"):
        assert api.get(path).status_code == 200
