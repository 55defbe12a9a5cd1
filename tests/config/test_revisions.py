"""Changing a file through the API and the pages: what they answer, and where they lead."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from banguard.accounts.models import Person
from banguard.agent.memory import MemoryAgent
from banguard.config.models import Revision
from banguard.config.values import OVERLAY, State
from tests.config.catastrophes import ALL
from tests.conftest import Api

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("sshd_runs")]


def test_the_api_drafts_applies_compares_and_restores(api: Api, agent: MemoryAgent, folder: Path) -> None:
    made = api._send("post", "/config/revisions", {"path": OVERLAY, "text": "[sshd]\nmaxretry = 3\n"})
    assert (made.status_code, made.json()["state"]) == (201, "draft")
    assert "+maxretry = 3" in made.json()["diff"]
    one = api.post(f"/config/revisions/{made.json()['id']}/apply").json()
    assert (one["state"], one["text"]) == ("applied", "[sshd]\nmaxretry = 3\n")
    two = api._send("put", f"/config/files/{OVERLAY}", {"text": "[sshd]\nmaxretry = 4\n"}).json()
    compared = api.get(f"/config/revisions/{one['id']}/compare/{two['id']}").json()["diff"]
    assert "-maxretry = 3\n+maxretry = 4" in compared
    assert [row["id"] for row in api.get("/config/revisions").json()["data"]] == [two["id"], one["id"]]
    assert api.post(f"/config/revisions/{one['id']}/restore").json()["restores"] == one["id"]
    assert api.delete(f"/config/files/{OVERLAY}").json()["text"] is None
    assert not folder.joinpath(OVERLAY).exists()


def test_the_api_says_what_is_wrong_and_where(api: Api, agent: MemoryAgent, folder: Path) -> None:
    answer = api._send("put", f"/config/files/{OVERLAY}", {"text": "[sshd]\nbantime = soon\n"})
    told = answer.json()
    assert (answer.status_code, told["error_code"]) == (422, "config_invalid")
    assert told["message"].startswith(f"{OVERLAY}:2: ")
    assert told["details"]["findings"][0]["option"] == "bantime"
    late = api._send("put", f"/config/files/{OVERLAY}", {"text": "[a]\n", "digest": "0" * 64})
    assert (late.status_code, late.json()["error_code"]) == (409, "revision_conflict")
    assert api._send("put", "/config/files/jail.conf", {"text": ""}).status_code == 422


def test_a_refusal_after_writing_is_an_error_and_the_revision_tells(api: Api, agent: MemoryAgent, folder: Path) -> None:
    agent.loader.refuses = "not today"
    answer = api._send("put", f"/config/files/{OVERLAY}", {"text": "[sshd]\nmaxretry = 3\n"})
    assert (answer.status_code, answer.json()["error_code"]) == (502, "change_failed")
    assert not folder.joinpath(OVERLAY).exists() or answer.json()["details"]["state"] == "broken"
    assert Revision.objects.get().state in {State.ROLLED_BACK, State.BROKEN}


def test_the_page_goes_from_text_to_preview_to_result(
    client: Client, administrator: Person, agent: MemoryAgent, folder: Path
) -> None:
    client.force_login(administrator)
    assert client.get(f"/config/edit/{OVERLAY}/").status_code == 200
    sent = {"text": "[sshd]\r\nmaxretry = 3\r\n", "digest": "", "comment": "why"}
    answer = client.post(f"/config/edit/{OVERLAY}/", sent)
    preview = client.get(answer.headers["Location"]).content.decode()
    assert "+maxretry = 3" in preview
    assert "+[sshd] maxretry = 3" in preview
    assert "is loaded anew" in preview
    applied = client.post(answer.headers["Location"] + "apply/", {"comment": "why"}, follow=True).content.decode()
    assert "The change is live" in applied
    assert folder.joinpath(OVERLAY).read_bytes() == b"[sshd]\nmaxretry = 3\n"
    late = client.post(f"/config/edit/{OVERLAY}/", {**sent, "text": "[sshd]\nmaxretry = 9\n"})
    assert late.status_code == 409
    assert "maxretry = 9" in late.content.decode()
    assert client.get(f"/config/revisions/?path={OVERLAY}").status_code == 200


def test_the_page_of_a_draft_with_errors_leads_back_to_the_text(
    client: Client, administrator: Person, agent: MemoryAgent
) -> None:
    client.force_login(administrator)
    sent = {"text": "[Definition]\nfailregex = ^(<HOST>\n", "digest": ""}
    answer = client.post("/config/edit/filter.d/sshd.local/", sent)
    page = client.get(answer.headers["Location"]).content.decode()
    assert "filter.d/sshd.local:2" in page
    assert "Edit again" in page
    made = Revision.objects.get()
    assert "^(&lt;HOST&gt;" in client.get(f"/config/edit/filter.d/sshd.local/?draft={made.pk}").content.decode()
    assert client.post(f"/config/revisions/{made.pk}/discard/", follow=True).status_code == 200
    assert not Revision.objects.exists()


@pytest.mark.parametrize("expression", ALL[::6])
def test_a_catastrophe_is_refused_by_api_and_page_within_their_time(
    api: Api, client: Client, administrator: Person, agent: MemoryAgent, expression: str
) -> None:
    text = f"[Definition]\nfailregex = {expression}\n"
    answer = api._send("put", "/config/files/filter.d/mine.local", {"text": text}).json()
    assert answer["error_code"] == "config_invalid"
    assert (answer["details"]["findings"][0]["line"], answer["details"]["findings"][0]["option"]) == (2, "failregex")
    assert agent.asked["config_check"] == 0  # so that nobody but the sandbox has seen it
    client.force_login(administrator)
    page = client.post("/config/edit/filter.d/mine.local/", {"text": text, "digest": ""}, follow=True)
    assert "This will not do" in page.content.decode()
