"""The question at every door of the API, asked through HTTP at an API of one operation for each scope."""

from __future__ import annotations

import pytest
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import Client
from django.urls import path
from ninja import NinjaAPI

from banguard.accounts import services
from banguard.accounts.auth import allowed, caller_of, require
from banguard.accounts.models import Person, Token
from banguard.accounts.values import Scope
from banguard.urls import urlpatterns as everything

pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]

api = NinjaAPI(urls_namespace="doors", auth=require(Scope.ADMINISTER))


@api.get("/read", auth=require(Scope.READ))
def read(request: HttpRequest) -> str:
    return caller_of(request).name


@api.post("/ban", auth=require(Scope.BAN))
def ban(request: HttpRequest) -> str:
    return caller_of(request).name


@api.get("/undeclared")
def undeclared(request: HttpRequest) -> str:
    return caller_of(request).name


@allowed(Scope.CONFIGURE)
def page(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"caller": caller_of(request).name})


urlpatterns = [path("api/try/", api.urls), path("page/", page), *everything]


def bearer(*scopes: str) -> dict[str, str]:
    _, text = services.create_token(name="export", scopes=scopes, days=None, created_by=None)
    return {"authorization": f"Bearer {text}"}


@pytest.mark.parametrize(("method", "url"), [("GET", "read"), ("POST", "ban"), ("GET", "undeclared")])
def test_without_token_or_session_the_answer_is_401(client: Client, method: str, url: str) -> None:
    assert client.generic(method, f"/api/try/{url}").status_code == 401


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer bg_unknown", "Basic YTpi", "Bearer \xff\xfe", "x" * 9000]
)
def test_a_header_that_is_no_token_is_401(client: Client, header: str) -> None:
    assert client.get("/api/try/read", headers={"authorization": header}).status_code == 401


def test_a_token_does_what_its_scopes_say_and_no_more(client: Client) -> None:
    headers = bearer("read")
    assert client.get("/api/try/read", headers=headers).json() == "token export"
    refused = client.post("/api/try/ban", headers=headers)
    assert (refused.status_code, refused.json()["error_code"]) == (403, "forbidden")


def test_an_operation_that_declares_nothing_asks_for_administer(client: Client) -> None:
    assert client.get("/api/try/undeclared", headers=bearer("read", "ban", "import", "configure")).status_code == 403
    assert client.get("/api/try/undeclared", headers=bearer("administer")).status_code == 200


def test_using_a_token_notes_when(client: Client) -> None:
    client.get("/api/try/read", headers=bearer("read"))
    assert Token.objects.get().last_used_at is not None


def test_a_session_may_what_its_role_may(client: Client, viewer: Person) -> None:
    client.force_login(viewer)
    assert client.get("/api/try/read").json() == "viewer"
    assert client.get("/api/try/undeclared").status_code == 403


def test_a_change_from_a_session_needs_the_csrf_token(operator: Person) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.get("/sign-in")
    browser.force_login(operator)
    assert browser.post("/api/try/ban").status_code == 403
    token = browser.cookies["banguard_csrf"].value
    assert browser.post("/api/try/ban", headers={"x-csrftoken": token}).json() == "operator"


def test_a_change_with_a_token_needs_none(db: None) -> None:
    assert Client(enforce_csrf_checks=True).post("/api/try/ban", headers=bearer("ban")).status_code == 200


def test_a_page_asks_for_its_scope(client: Client, operator: Person, administrator: Person) -> None:
    assert client.get("/page/").headers["Location"] == "/sign-in?next=/page/"
    client.force_login(operator)
    assert client.get("/page/").status_code == 403
    client.force_login(administrator)
    assert client.get("/page/").json() == {"caller": "administrator"}
