from __future__ import annotations

import pytest
from django.test import Client

from banguard.accounts.models import Person


def sign_in(client: Client, username: str, password: str, url: str = "/sign-in", **more: str) -> tuple[int, str]:
    answer = client.post(url, {"username": username, "password": password, **more})
    return answer.status_code, answer.headers.get("Location", "")


def test_a_stranger_is_led_to_the_door_and_back(client: Client, viewer: Person, password: str) -> None:
    answer = client.get("/account/password/")
    assert answer.headers["Location"] == "/sign-in?next=/account/password/"
    assert sign_in(client, "viewer", password, answer.headers["Location"]) == (302, "/account/password/")


@pytest.mark.parametrize(
    "next_page", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "\x00"]
)
def test_nobody_is_led_to_another_site(client: Client, viewer: Person, password: str, next_page: str) -> None:
    assert sign_in(client, "viewer", password, next=next_page) == (302, "/")


@pytest.mark.parametrize("username", ["viewer", "nobody", "", "x" * 100_000, "nul\x00", "\u202e'; DROP TABLE"])
def test_a_wrong_password_or_a_strange_name_is_told_kindly(client: Client, viewer: Person, username: str) -> None:
    assert sign_in(client, username, "wrong") == (200, "")


def test_somebody_inactive_stays_outside(client: Client, viewer: Person, password: str) -> None:
    Person.objects.update(is_active=False)
    assert sign_in(client, "viewer", password) == (200, "")


def test_a_session_ends_when_its_person_becomes_inactive(client: Client, viewer: Person) -> None:
    client.force_login(viewer)
    Person.objects.update(is_active=False)
    assert client.get("/account/password/").status_code == 302


def test_signing_out_ends_the_session(client: Client, viewer: Person) -> None:
    client.force_login(viewer)
    assert client.post("/sign-out").headers["Location"] == "/sign-in"
    assert "_auth_user_id" not in client.session


def test_signing_out_after_the_session_ended_leads_to_the_door(client: Client, db: None) -> None:
    assert client.post("/sign-out").headers["Location"] == "/sign-in"


def test_a_link_cannot_sign_anybody_out(client: Client, viewer: Person) -> None:
    client.force_login(viewer)
    assert client.get("/sign-out").status_code == 405
    assert "_auth_user_id" in client.session


def test_signing_in_needs_a_csrf_token(viewer: Person, password: str) -> None:
    assert sign_in(Client(enforce_csrf_checks=True), "viewer", password)[0] == 403


def test_a_new_password_ends_the_other_sessions(client: Client, viewer: Person, password: str) -> None:
    elsewhere = Client()
    for browser in (client, elsewhere):
        browser.force_login(viewer)
    fresh = "another four calm words"
    given = {"old_password": password, "new_password1": fresh, "new_password2": fresh}
    assert client.post("/account/password/", given).status_code == 302
    assert client.get("/account/password/").status_code == 200
    assert elsewhere.get("/account/password/").status_code == 302
