"""Whatever goes wrong under ``/api/`` has one shape; elsewhere it is a page."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from banguard import env
from banguard.accounts.models import Person
from banguard.core.errors import BY_CODE, BanGuardError
from banguard.core.http import STATUS_OF, status_of
from tests.conftest import Api

pytestmark = pytest.mark.django_db


def told(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer.headers["Content-Type"].startswith("application/json"), answer.content
    body: dict[str, Any] = answer.json()
    assert set(body) == {"error_code", "message", "status", "details"}
    assert (answer.status_code, body["status"], body["error_code"]) == (status, status, code), body
    assert body["message"]
    return body


def test_every_error_has_a_status_and_a_code_of_its_own() -> None:
    assert len(BY_CODE) == len({kind.__name__ for kind in BY_CODE.values()})
    for kind in BY_CODE.values():
        assert 400 <= status_of(kind("")) < 600
    assert set(STATUS_OF) <= set(BY_CODE.values())
    assert BY_CODE["internal_error"] is BanGuardError


@pytest.mark.parametrize(
    "path", ["/api/", "/api/v1/", "/api/v1/nosuch", "/api/v1/bans/", "/api/v1/bans/x", "/api/v2/bans"]
)
def test_an_unknown_address_is_404(api: Api, path: str) -> None:
    told(api.client.get(path, headers=api.headers), 404, "not_found")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "TRACE", "FROB"])
def test_a_wrong_method_says_which_are_right(api: Api, method: str) -> None:
    answer = api.client.generic(method, "/api/v1/bans", headers=api.headers)
    told(answer, 405, "method_not_allowed")
    assert {"GET", "POST", "DELETE"} <= {verb.strip() for verb in answer.headers["Allow"].split(",")}


@pytest.mark.parametrize(
    "body", [b"", b"{", b"null", b"[]", b'"x"', b"\xff\xfe", b"7", b"[" * 100_000, b'{"addresses": NaN}']
)
def test_a_body_that_is_no_object_of_json_is_refused(api: Api, body: bytes) -> None:
    answer = api.client.post("/api/v1/bans", body, content_type="application/json", headers=api.headers)
    told(answer, answer.status_code, {400: "bad_request", 422: "invalid_input"}[answer.status_code])
    assert answer.status_code in {400, 422}


def test_a_body_that_is_too_large_is_refused(api: Api) -> None:
    answer = api.client.post("/api/v1/bans", b" " * 3_000_000, content_type="application/json", headers=api.headers)
    told(answer, 400, "bad_request")


def test_wrong_types_are_named_by_field(api: Api) -> None:
    body = told(api.post("/blocklists/sources", name=[1], url={"a": 1}), 422, "invalid_input")
    assert {name.rpartition(".")[2] for name in body["details"]["fields"]} == {"name", "url"}


def test_nobody_is_told_401_and_a_stranger_nothing_else(client: Client) -> None:
    told(client.get("/api/v1/bans"), 401, "unauthenticated")
    told(client.get("/api/v1/bans", headers={"authorization": "Bearer nonsense"}), 401, "unauthenticated")
    told(client.get("/api/v1/bans?page_size=x"), 401, "unauthenticated")
    told(client.post("/api/v1/bans", b"{", content_type="application/json"), 401, "unauthenticated")


def test_a_missing_scope_is_403(api_with: Any) -> None:
    told(api_with("read").post("/bans", addresses=["203.0.113.1"]), 403, "forbidden")


def test_a_session_without_its_csrf_token_is_403(operator: Person) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(operator)
    told(client.post("/api/v1/bans", {}, content_type="application/json"), 403, "csrf_failed")


@pytest.fixture
def without_bans(db: None) -> None:
    """The table of bans is missing until the test is over: an error that none of ours foresees."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE history_ban RENAME TO elsewhere")


@pytest.mark.usefixtures("without_bans")
def test_what_nobody_foresaw_is_told_by_a_reference_alone(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    with transaction.atomic():
        body = told(api.get("/bans"), 500, "internal_error")
        transaction.set_rollback(True)
    assert list(body["details"]) == ["reference"]
    assert "history_ban" not in json.dumps(body)
    logged = "".join(record.getMessage() for record in caplog.records)
    assert body["details"]["reference"] in logged
    assert "unexpected_failure" in logged
    assert api.headers["Authorization"] not in logged


@pytest.mark.parametrize("path", ["/api/v1/openapi.json", "/api/v1/docs"])
def test_the_description_is_for_readers(client: Client, api: Api, api_with: Any, path: str) -> None:
    told(client.get(path), 401, "unauthenticated")
    told(client.get(path, headers={"authorization": "Bearer nonsense"}), 401, "unauthenticated")
    told(client.get(path, headers=api_with("ban").headers), 403, "forbidden")
    assert client.get(path, headers=api.headers).status_code == 200


def test_a_page_that_is_not_there_says_so(client: Client, viewer: Person) -> None:
    client.force_login(viewer)
    answer = client.get("/nosuch")
    assert (answer.status_code, "Not found" in answer.content.decode()) == (404, True)


@pytest.mark.usefixtures("without_bans")
def test_a_page_that_fails_gives_a_reference_and_no_traceback(viewer: Person) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(viewer)
    answer = client.get("/history/")
    shown = answer.content.decode()
    assert (answer.status_code, "Reference:" in shown) == (500, True)
    assert "history_ban" not in shown


def test_a_form_without_its_csrf_token_is_a_page_that_says_so(operator: Person) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(operator)
    answer = client.post("/history/ban/", {"addresses": "203.0.113.1"})
    assert (answer.status_code, "Go back and try again" in answer.content.decode()) == (403, True)


WITHOUT_DATABASE = """
import django; django.setup()
from django.test import Client
client = Client(raise_request_exception=False, headers={"host": "localhost"})
cookie = {"cookie": "banguard_session=abcdefghijkl"}
bearer = {"authorization": "Bearer bg_x"}
for path, headers in (
    ("/health/live", {}), ("/health/ready", {}), ("/health/ready", cookie),
    ("/", {}), ("/", cookie), ("/api/v1/bans", bearer), ("/api/v1/bans", cookie),
):
    answer = client.get(path, headers=headers)
    print("\\n=", path, answer.status_code, answer.headers.get("Content-Type", ""), len(answer.content))
"""


def test_without_a_database_probes_pages_and_api_still_answer(tmp_path: Any) -> None:
    variables = {
        "DATABASE_URL": f"postgresql://nobody@{str(tmp_path).replace('/', '%2F')}/nothing",
        "DJANGO_SETTINGS_MODULE": "banguard.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_DATABASE],
        check=False,
        cwd=env.ROOT,
        env=os.environ | variables,
        capture_output=True,
        text=True,
    )
    found = [line.split()[1:4] for line in done.stdout.splitlines() if line.startswith("= ")]
    assert [(path, int(status)) for path, status, _ in found] == [
        ("/health/live", 200),
        ("/health/ready", 503),
        ("/health/ready", 503),
        ("/", 302),
        ("/", 503),
        ("/api/v1/bans", 503),
        ("/api/v1/bans", 503),
    ], done.stdout[-3000:] + done.stderr[-3000:]
