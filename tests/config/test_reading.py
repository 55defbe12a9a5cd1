"""The configuration through the API and the pages."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.template import Context, Template
from django.test import Client

from banguard.accounts.models import Person
from banguard.agent.config_verbs import OptionInForce, Place
from banguard.agent.memory import MemoryAgent
from banguard.servers import services as servers
from tests.conftest import Api

pytestmark = pytest.mark.django_db


@pytest.fixture
def known(agent: MemoryAgent) -> None:
    """The collector has looked once."""
    server = servers.local()
    servers.record_up(server=server, status=agent.status())
    servers.record_jails(server=server, jails=agent.jails())


def test_files_are_listed_and_read(api: Api, agent: MemoryAgent, folder: Path) -> None:
    (folder / "jail.d/zz-banguard.local").write_bytes(b"[sshd]\nport = \xff\n")
    files = {one["path"]: one for one in api.get("/config/files", page_size=500).json()["data"]}
    assert files["jail.conf"]["size"] == (folder / "jail.conf").stat().st_size
    assert (files["jail.conf"]["writable"], files["jail.d/zz-banguard.local"]["writable"]) == (False, True)
    read = api.get("/config/files/jail.d/zz-banguard.local").json()
    assert read["text"] == "[sshd]\nport = \\xff\n"
    assert read["digest"] == files["jail.d/zz-banguard.local"]["digest"]


@pytest.mark.parametrize(
    "path", ["..%2fpasswd", "../../etc/passwd", "%2fetc%2fpasswd", ".hidden", "filter.d/..%2f..%2fx", "jail.conf%0a"]
)
def test_no_path_leads_out_of_the_folder(api: Api, agent: MemoryAgent, path: str) -> None:
    assert api.get(f"/config/files/{path}").status_code in {404, 422}


def test_a_link_out_of_the_folder_is_not_followed(api: Api, agent: MemoryAgent, folder: Path) -> None:
    (folder / "jail.d/out.local").symlink_to("/etc/passwd")
    assert api.get("/config/files/jail.d/out.local").json()["error_code"] == "invalid_input"


def test_a_jail_tells_the_line_of_each_option(api: Api, agent: MemoryAgent, folder: Path) -> None:
    (folder / "jail.local").write_text("[sshd]\nmaxretry = 3\n")
    options = {one["name"]: one for one in api.get("/jails/sshd/options").json()["options"]}
    assert options["maxretry"]["value"] == "3"
    assert options["maxretry"]["places"][-1] == {
        "file": "jail.local",
        "line": 2,
        "section": "sshd",
        "written": "3",
    }
    assert options["maxretry"]["places"][0]["file"] == "jail.conf"


def test_filters_and_actions_are_listed_and_read(api: Api, agent: MemoryAgent) -> None:
    assert {"name": "sshd"} in api.get("/config/filters", page_size=500).json()["data"]
    assert {"name": "iptables"} in api.get("/config/actions", page_size=500).json()["data"]
    assert api.get("/config/filters/sshd").json()["files"][-1] == "filter.d/sshd.conf"
    assert api.get("/config/actions/nosuch").json()["error_code"] == "not_found"


def test_what_runs_and_is_not_in_the_files_is_drift(api: Api, agent: MemoryAgent) -> None:
    drift = [(one["jail"], one["what"], one["server"]) for one in api.get("/config/drift").json()["data"]]
    assert ("nginx", "state", "running") in drift
    assert ("sshd", "action", "noop") in drift


def test_the_pages_show_all_of_it(client: Client, administrator: Person, agent: MemoryAgent, known: None) -> None:
    client.force_login(administrator)
    assert "filter.d/sshd.conf" in client.get("/config/").content.decode()
    assert "jail.conf:" in client.get("/jails/sshd/").content.decode()
    numbered = client.get("/config/files/jail.conf/").content.decode()
    text = client.get("/api/v1/config/files/jail.conf").json()["text"]
    assert numbered.count('<span id="L') == text.count("\n")
    for path in ("filters/sshd", "actions/iptables", "server"):
        assert client.get(f"/config/{path}/").status_code == 200


def test_the_rows_of_options_tell_the_lines_that_were_overruled_and_hold_no_markup_of_files() -> None:
    hostile = "<script>'\"&"
    places = [Place(file=file, line=7, section="DEFAULT", written=hostile + 90 * "x") for file in ("a.conf", "b.conf")]
    option = OptionInForce(section="sshd", name=hostile, value="", places=tuple(places))
    page = Template("{% load options %}{% option_rows options name name name %}")
    drawn = page.render(Context({"options": [option], "name": hostile}))
    assert "<script" not in drawn
    assert '<a href="/config/files/b.conf/#L7">b.conf:7</a> <span class="soft small">[DEFAULT]</span>' in drawn
    assert "<summary>overrules 1</summary><div>" in drawn
    assert '<a href="/config/files/a.conf/#L7">a.conf:7</a> <code>&lt;script&gt;' in drawn
    assert "xxx…</code>" in drawn
    assert '<pre class="value">–</pre>' in drawn


def test_without_the_agent_the_jail_still_shows(
    client: Client, viewer: Person, agent: MemoryAgent, known: None
) -> None:
    client.force_login(viewer)
    agent.fail2ban.running = False
    answer = client.get("/jails/sshd/")
    assert answer.status_code == 200
