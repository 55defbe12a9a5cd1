"""What the lab tries expressions on: pasted lines, a file, or the end of a jail's logs; and what it shows of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from banguard.accounts.models import AuditRecord, Person
from banguard.agent.memory import MemoryAgent
from banguard.config.models import Sample
from banguard.fail2ban.values import ConfiguredJail, ConfiguredJails
from banguard.servers import services as servers
from tests.conftest import Api

pytestmark = pytest.mark.django_db

LINE = "2026-11-23 10:00:00 login failed for bob from 192.0.2.7"
EXPRESSION = r"login failed for <F-USER>\w+</F-USER> from <HOST>$"
SSHD = "Nov 23 10:00:00 host sshd[1]: Failed password for bob from 192.0.2.7 port 22 ssh2"


@pytest.fixture
def visitor(client: Client, administrator: Person, agent: MemoryAgent, tmp_path: Path) -> Client:
    """sshd watches a log with one failure in it, and its filter has a mode."""
    log = tmp_path / "auth.log"
    log.write_text(f"{SSHD}\nsomething else\n")
    options = {"filter": "sshd[mode=normal]", "logpath": str(log)}
    agent.configured = ConfiguredJails((ConfiguredJail("sshd", True, options, ("jail.conf",)),))
    object.__setattr__(agent.guarded, "log_folders", (tmp_path,))
    servers.record_up(server=servers.local(), status=agent.status())
    servers.record_jails(server=servers.local(), jails=agent.jails())
    client.force_login(administrator)
    return client


def test_what_was_caught_is_marked_by_name(visitor: Client) -> None:
    html = visitor.post("/config/lab/", {"failregex": EXPRESSION, "lines": LINE}).content.decode()
    assert '<mark title="address">192.0.2.7</mark>' in html
    assert '<mark title="user">bob</mark>' in html
    assert "2026-11-23" in html


def test_a_file_is_tried_like_pasted_lines(visitor: Client) -> None:
    upload = SimpleUploadedFile("auth.log", LINE.encode() + b"\n\xff\xfe\n")
    html = visitor.post("/config/lab/", {"failregex": EXPRESSION, "upload": upload}).content.decode()
    assert "192.0.2.7" in html


def test_the_end_of_a_jails_logs_is_tried_with_its_own_filter(visitor: Client) -> None:
    html = visitor.post("/config/lab/", {"jail": "sshd"}).content.decode()
    assert '<mark title="address">192.0.2.7</mark>' in html
    assert "something else" in html


def test_a_jail_without_a_log_that_can_be_read_is_told(visitor: Client, agent: MemoryAgent) -> None:
    object.__setattr__(agent.guarded, "log_folders", ())
    answer = visitor.post("/config/lab/", {"jail": "sshd"})
    assert answer.status_code == 422
    assert "It lies outside the folders for logs" in answer.content.decode()


@pytest.mark.parametrize(
    "posted",
    [
        {},
        {"jail": "nosuch"},
        {"filter": "sshd", "failregex": EXPRESSION, "lines": LINE},
        {"failregex": EXPRESSION},
        {"filter": "sshd", "mode": "(a+)+$", "lines": SSHD},
        {"filter": "../../etc/passwd", "lines": SSHD},
        {"failregex": "(" * 300, "lines": LINE},
        {"failregex": "(a+)+b<HOST>", "lines": LINE},
    ],
)
def test_what_cannot_be_tried_is_told(visitor: Client, posted: dict[str, Any]) -> None:
    assert visitor.post("/config/lab/", posted).status_code in {404, 422}


def test_an_option_of_a_filter_smuggles_no_expression_in(api: Api, visitor: Client) -> None:
    for value in ("(a+)+$", "x*", "a|b", "[a]", "{1,9}", "a\nb", "x" * 101):
        answer = api.post("/config/regex-tests", filter="sshd", options={"mode": value}, lines=[SSHD])
        assert (answer.status_code, answer.json()["error_code"]) == (422, "invalid_input")


def test_a_line_of_the_lab_is_kept_as_a_sample(visitor: Client) -> None:
    html = visitor.post("/config/lab/", {"filter": "sshd", "lines": SSHD}).content.decode()
    assert 'action="/config/filters/sshd/samples/"' in html
    visitor.post("/config/filters/sshd/samples/", {"line": SSHD, "must_match": "1"})
    sample = Sample.objects.get()
    assert (sample.line, sample.must_match) == (SSHD, True)
    visitor.post(f"/config/samples/{sample.pk}/forget/")
    told = AuditRecord.objects.filter(action__startswith="sample.").order_by("number")
    assert list(told.values_list("action", "target")) == [("sample.keep", "sshd"), ("sample.forget", "sshd")]
