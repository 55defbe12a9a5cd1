"""The forms for a jail's options and the server's, and the same by script."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from banguard.accounts.models import Person
from banguard.agent.memory import MemoryAgent
from banguard.config.models import Revision
from banguard.config.values import OVERLAY, SERVER_OVERLAY
from banguard.fail2ban.configfiles import read_jails
from banguard.servers import services as servers
from tests.conftest import Api

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def seen(agent: MemoryAgent, folder: Path) -> None:
    (folder / "jail.local").write_text(
        "[DEFAULT]\nbackend = polling\nlogpath = /var/log/auth.log\naction =\nmaxretry = 4\n[sshd]\nenabled = true\n"
        "[nginx]\nenabled = true\nfilter = sshd\n"
    )
    agent.configured = read_jails(folder)
    servers.record_up(server=servers.local(), status=agent.status())
    servers.record_jails(server=servers.local(), jails=agent.jails())


@pytest.fixture
def visitor(client: Client, administrator: Person) -> Client:
    client.force_login(administrator)
    return client


def posted(visitor: Client, address: str, **changed: str) -> dict[str, str]:
    """What a browser would send: every field as the page has it, but for what was changed."""
    form = visitor.get(address).context["form"]
    values = {bound.name: bound.value() for bound in form}
    return {name: str(value or "") for name, value in values.items()} | changed


def test_the_form_tells_each_value_its_meaning_and_where_it_comes_from(visitor: Client) -> None:
    html = visitor.get("/jails/sshd/edit/").content.decode()
    assert "How many an address may make within the find time." in html
    assert "Set in jail.local, line 5. Fail2ban&#x27;s own default is 5." in html
    assert "Now: 10 min." in html
    assert html.count("(optional)") == 1  # the comment: any option may be emptied, so it is said of none


def test_one_value_is_changed_and_no_other(visitor: Client, folder: Path) -> None:
    answer = visitor.post("/jails/sshd/edit/", posted(visitor, "/jails/sshd/edit/", maxretry="7", comment="too strict"))
    revision = Revision.objects.get(state="draft")
    assert answer.headers["Location"] == f"/config/revisions/{revision.pk}/"
    assert bytes(revision.after).decode() == "[sshd]\nmaxretry = 7\n"
    assert (revision.path, revision.comment, revision.origin) == (OVERLAY, "too strict", "form")
    assert not (folder / OVERLAY).exists()
    visitor.post(f"/config/revisions/{revision.pk}/apply/")
    assert (folder / OVERLAY).read_text() == "[sshd]\nmaxretry = 7\n"
    assert "Set in jail.d/zz-banguard.local, line 2" in visitor.get("/jails/sshd/edit/").content.decode()


def test_an_emptied_field_goes_back_to_what_the_files_say(visitor: Client, folder: Path) -> None:
    (folder / OVERLAY).write_text("# kept\n[sshd]\nmaxretry = 7\nbantime = 1h\n")
    visitor.post("/jails/sshd/edit/", posted(visitor, "/jails/sshd/edit/", maxretry=""))
    assert bytes(Revision.objects.get(state="draft").after).decode() == "# kept\n[sshd]\nbantime = 1h\n"


def test_what_other_files_set_cannot_be_emptied(visitor: Client) -> None:
    answer = visitor.post("/jails/sshd/edit/", posted(visitor, "/jails/sshd/edit/", maxretry=""))
    assert answer.status_code == 422
    assert "It is set in jail.local, line 5" in answer.content.decode()


def test_nothing_changed_is_said(visitor: Client) -> None:
    answer = visitor.post("/jails/sshd/edit/", posted(visitor, "/jails/sshd/edit/"))
    assert answer.status_code == 422
    assert "Nothing would change" in answer.content.decode()


def test_whoever_comes_second_is_told_and_loses_nothing(visitor: Client, folder: Path) -> None:
    mine = posted(visitor, "/jails/sshd/edit/", maxretry="7")
    (folder / OVERLAY).write_text("[sshd]\nmaxretry = 9\n")
    answer = visitor.post("/jails/sshd/edit/", mine)
    assert answer.status_code == 409
    html = answer.content.decode()
    assert "Somebody else has changed" in html
    assert re.search(r'name="maxretry" value="7"', html)
    again = posted_from(answer.context["form"])
    assert visitor.post("/jails/sshd/edit/", again).status_code == 302


def posted_from(form: Any) -> dict[str, str]:
    return {bound.name: str(bound.value() or "") for bound in form}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("maxretry", "0"),
        ("bantime", "__import__('os').system('id')"),
        ("findtime", "-1"),
        ("port", "ssh; reboot"),
        ("logpath", "/var/../etc/shadow"),
        ("filter", "../../etc/passwd"),
        ("enabled", "maybe"),
        ("bantime.factor", "eval('1')"),
        ("ignoreip", "$(id)"),
        ("backend", "bogus"),
        ("maxretry", "5\n[DEFAULT]\nbantime = 1"),
        ("comment", "x" * 2_001),
        ("digest", "x" * 65),
    ],
)
def test_a_hostile_value_is_told_beside_its_field_and_kept_nowhere(visitor: Client, name: str, value: str) -> None:
    answer = visitor.post("/jails/sshd/edit/", posted(visitor, "/jails/sshd/edit/", **{name: value}))
    assert answer.status_code == 422
    assert Revision.objects.count() == 0


@pytest.mark.parametrize("name", ["nosuch", "..", "%00", "x" * 300])
def test_a_jail_that_is_not_there_is_404(visitor: Client, api: Api, name: str) -> None:
    assert visitor.get(f"/jails/{name}/edit/").status_code in {404, 422}
    assert api.patch(f"/jails/{name}/options", options={"maxretry": "3"}).status_code in {404, 422}


def test_a_script_sets_options_in_one_step(api: Api, agent: MemoryAgent, folder: Path) -> None:
    answer = api.patch("/jails/sshd/options", options={"maxretry": "3", "findtime": "1h"}, comment="by script")
    assert (answer.status_code, answer.json()["state"]) == (200, "applied")
    assert (folder / OVERLAY).read_text() == "[sshd]\nmaxretry = 3\nfindtime = 1h\n"
    assert api.patch("/jails/sshd/options", options={"maxretry": None}).json()["state"] == "applied"
    assert (folder / OVERLAY).read_text() == "[sshd]\nfindtime = 1h\n"


@pytest.mark.parametrize(
    "body",
    [
        {"options": {}},
        {"options": {"ignorecommand": "id"}},
        {"options": {"bantime.formula": "1"}},
        {"options": {"maxretry": "0"}},
        {"options": {"maxretry": 3}},
        {"options": {"max\nretry": "3"}},
        {"options": {"usedns": None}},
        {"options": {"maxretry": "3"}, "digest": "x"},
        {"options": {"maxretry": "3"}, "more": 1},
        {"options": {f"o{number}": "1" for number in range(31)}},
    ],
)
def test_what_will_not_do_is_told_by_name(api: Api, body: dict[str, Any]) -> None:
    answer = api.patch("/jails/sshd/options", **body)
    assert (answer.status_code, answer.json()["error_code"]) == (422, "invalid_input")
    assert Revision.objects.count() == 0


def test_an_expression_that_a_jail_gives_its_filter_is_tried_too(api: Api) -> None:
    """Of its own it is none, but a part of each of the filter's."""
    text = '[sshd]\nfilter = sshd[__prefix_line="^(\\w+\\s?)+:"]\n'
    answer = api.client.put(
        f"/api/v1/config/files/{OVERLAY}", {"text": text}, content_type="application/json", headers=api.headers
    )
    assert (answer.status_code, answer.json()["error_code"]) == (422, "config_invalid")
    assert "takes too long" in answer.json()["message"]


def test_the_blocklist_jail_is_not_changed_by_form(api: Api, folder: Path) -> None:
    (folder / "jail.d/x.local").write_text("[banguard-blocklist]\nenabled = true\n")
    assert api.patch("/jails/banguard-blocklist/options", options={"enabled": "false"}).status_code == 422


def test_the_server_settings_are_for_whoever_may_act_as_root(
    client: Client, operator: Person, api_with: Any, visitor: Client, folder: Path
) -> None:
    assert api_with("configure").patch("/config/server", options={"loglevel": "DEBUG"}).status_code == 403
    visitor.post("/config/server/edit/", posted(visitor, "/config/server/edit/", loglevel="DEBUG"))
    draft = Revision.objects.get(state="draft")
    assert (draft.path, bytes(draft.after).decode()) == (SERVER_OVERLAY, "[Definition]\nloglevel = DEBUG\n")
    client.force_login(operator)
    assert client.get("/config/server/edit/").status_code == 403


def test_the_server_settings_are_those_of_their_own_section(visitor: Client, folder: Path) -> None:
    (folder / "fail2ban.local").write_text("[Definition]\nlogtarget = /var/log/ours.log\n")
    html = visitor.get("/config/server/edit/").content.decode()
    assert 'value="/var/log/ours.log"' in html
    assert "Set in fail2ban.local, line 2" in html


@pytest.mark.parametrize(
    "target", ["/etc/cron.d/x", "/var/log/../../root/.bashrc", "/var/log/x", "SYSLOG\nloglevel = DEBUG"]
)
def test_the_log_goes_where_logs_belong(visitor: Client, target: str) -> None:
    answer = visitor.post("/config/server/edit/", posted(visitor, "/config/server/edit/", logtarget=target))
    assert answer.status_code == 422
    assert Revision.objects.count() == 0
