"""One shape for whatever goes wrong, seen from outside."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path

from banguard.accounts.models import Person
from tests.conftest import Api

SHAPE = {"error_code", "message", "status", "details"}


def explode(_request: HttpRequest) -> HttpResponse:
    raise RuntimeError("SELECT secret FROM vault")


def no_database(_request: HttpRequest) -> HttpResponse:
    raise OperationalError("connection to server at 10.0.0.1 failed")


urlpatterns = [
    path("explode", explode),
    path("api/explode", explode),
    path("no-database", no_database),
    path("", include("banguard.urls")),
]
handler500 = "banguard.web.views.errors.server_error"


@pytest.fixture
def signed_in(administrator: Person) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(administrator)
    return client


def told(answer: Any) -> tuple[int, str]:
    body = json.loads(answer.content)
    assert set(body) == SHAPE
    assert body["status"] == answer.status_code
    return body["status"], body["error_code"]


@pytest.mark.parametrize(
    ("method", "url", "expected"),
    [
        ("GET", "/api/v1/nothing", (404, "not_found")),
        ("GET", "/api/nothing", (404, "not_found")),
        ("PUT", "/api/v1/bans", (405, "method_not_allowed")),
        ("GET", "/api/v1/bans/0", (404, "not_found")),
        ("GET", "/api/v1/bans/99999999999999999999999", (404, "not_found")),
        ("GET", "/api/v1/bans?page_size=501", (422, "invalid_input")),
        ("GET", "/api/v1/bans?cursor=made-up", (400, "cursor_invalid")),
    ],
)
def test_every_refusal_has_the_one_shape(api: Api, method: str, url: str, expected: tuple[int, str]) -> None:
    assert told(api.client.generic(method, url, headers=api.headers)) == expected


@pytest.mark.parametrize("body", ["{", "[1]", "\x00", '"text"', '{"addresses": 1}', "{}"])
def test_a_body_that_will_not_do_is_told(api: Api, body: str) -> None:
    answer = api.client.post("/api/v1/bans", body, content_type="application/json", headers=api.headers)
    assert told(answer) in {(400, "bad_request"), (422, "invalid_input")}


def test_each_field_is_named_as_the_caller_spelt_it(api: Api) -> None:
    details = api.post("/bans", addresses=[1], jail="", more=True).json()["details"]
    assert set(details["fields"]) == {"addresses.0", "jail", "more"}


def test_a_strange_host_is_a_bad_request(api: Api) -> None:
    answer = api.client.get("/api/v1/bans", headers={**api.headers, "host": "evil.example"})
    assert told(answer) == (400, "bad_request")


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("url", ["/explode", "/api/explode"])
def test_an_unexpected_failure_tells_a_reference_that_the_log_has(
    signed_in: Client, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = signed_in.get(url)
    text, reference = answer.content.decode(), answer.headers["X-Request-ID"]
    assert answer.status_code == 500
    assert reference in text
    assert reference in str([record.__dict__ for record in caplog.records])
    assert "vault" not in text
    assert "Traceback" not in text


@pytest.mark.urls(__name__)
def test_a_database_that_is_away_is_told_without_its_words(signed_in: Client) -> None:
    answer = signed_in.get("/no-database")
    assert answer.status_code == 503
    assert "The database does not answer" in answer.content.decode()
    assert "10.0.0.1" not in answer.content.decode()


def test_a_page_tells_its_reference(signed_in: Client) -> None:
    answer = signed_in.get("/nothing")
    assert answer.status_code == 404
    assert answer.headers["X-Request-ID"] in answer.content.decode()


def test_a_wrong_method_on_a_page_is_a_page(signed_in: Client) -> None:
    answer = signed_in.post("/history/")
    assert answer.status_code == 405
    assert "does not take that method" in answer.content.decode()
    assert answer.headers["Allow"]
