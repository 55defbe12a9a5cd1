from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client

from banguard.accounts.models import Person
from banguard.accounts.values import Role


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
    assert sign_in(client, "viewer", "wrong") == (200, "")
    assert sign_in(client, "viewer", password) == (302, "/account/inactive/")
    assert "_auth_user_id" not in client.session
    assert "This account is not active" in client.get("/account/inactive/").content.decode()


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


def test_a_changed_role_ends_every_session(client: Client, viewer: Person) -> None:
    client.force_login(viewer)
    viewer.role = Role.OPERATOR
    viewer.save()
    assert client.get("/account/password/").status_code == 302


@pytest.mark.parametrize("door", ["/accounts/signup/", "/account/signup/", "/accounts/login/", "/password/reset/"])
def test_there_is_no_other_door(client: Client, viewer: Person, door: str) -> None:
    client.force_login(viewer)
    assert client.get(door).status_code == 404


def tries(username: str, count: int, **sender: str) -> list[str]:
    """What is told after each of ``count`` wrong passwords from one address."""
    browser = Client(**sender)  # type: ignore[arg-type]
    answers = [browser.post("/sign-in", {"username": username, "password": "wrong"}) for _ in range(count)]
    return ["wait" if b"Too many failed" in answer.content else "wrong" for answer in answers]


def test_who_guesses_has_to_wait_and_is_told(viewer: Person) -> None:
    assert tries("viewer", 7) == ["wrong"] * 5 + ["wait"] * 2


def test_many_other_entries_of_the_cache_do_not_push_out_who_has_to_wait(viewer: Person) -> None:
    tries("viewer", 5)
    for number in range(400):  # with Django's own bound of 300 a third of them would have been dropped
        cache.set(f"zz{number}", number)
    assert tries("viewer", 1) == ["wait"]


def test_who_guesses_from_elsewhere_does_not_keep_the_person_out(client: Client, viewer: Person, password: str) -> None:
    tries("viewer", 8, REMOTE_ADDR="203.0.113.7")
    assert sign_in(client, "viewer", password) == (302, "/")


def test_neighbours_of_one_ipv6_network_are_one(viewer: Person) -> None:
    tries("viewer", 5, REMOTE_ADDR="2001:db8::1")
    assert tries("viewer", 1, REMOTE_ADDR="2001:db8::2") == ["wait"]


def test_many_addresses_together_have_to_wait_but_a_known_browser_gets_in(
    client: Client, viewer: Person, password: str
) -> None:
    sign_in(client, "viewer", password)
    client.post("/sign-out")
    told = [tries("viewer", 1, REMOTE_ADDR=f"198.51.100.{number}")[0] for number in range(40)]
    assert told[-1] == "wait"
    assert sign_in(client, "viewer", password) == (302, "/")


def test_the_cookie_of_one_account_is_worth_nothing_for_another(
    client: Client, viewer: Person, operator: Person, password: str
) -> None:
    sign_in(client, "operator", password)
    client.post("/sign-out")
    for _ in range(5):
        sign_in(client, "viewer", "wrong")
    assert "Too many failed" in client.post("/sign-in", {"username": "viewer", "password": "x"}).content.decode()


def test_who_hammers_the_door_gets_429(client: Client, viewer: Person) -> None:
    answers = [client.post("/sign-in", {"username": f"name{n}", "password": "x"}) for n in range(61)]
    assert answers[-1].status_code == 429
    assert "Too many tries" in answers[-1].content.decode()
