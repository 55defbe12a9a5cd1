"""The pages under /people/."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from banguard.accounts import selectors, services
from banguard.accounts.models import AuditRecord, Person
from banguard.accounts.values import Role

PEOPLE = "/people/"
NEW = {"username": "new", "role": "operator", "first_name": "Nele", "last_name": "Wu", "email": "nele@example.org"}
CHANGED = {"role": "operator", "first_name": "", "last_name": "", "email": ""}


@pytest.fixture
def unsure(client: Client, administrator: Person, password: str) -> Client:
    """An administrator who signed in and has not said so again."""
    client.post("/sign-in", {"username": "administrator", "password": password})
    return client


@pytest.fixture
def signed_in(unsure: Client, password: str) -> Client:
    unsure.post("/account/confirm/", {"password": password})
    return unsure


def page(client: Client, address: str, **query: str) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200
    return answer.content.decode()


def of(person: Person, what: str = "") -> str:
    return f"{PEOPLE}{person.pk}/{what}"


def test_everybody_is_listed_by_name_with_how_they_are(signed_in: Client, viewer: Person, operator: Person) -> None:
    services.change_person(person_id=operator.pk, by=viewer, changes={"is_active": False, "last_name": "Wu"})
    Authenticator.objects.create(user=viewer, type="totp", data={})
    shown = page(signed_in, PEOPLE)
    assert re.findall(rf'href="{PEOPLE}\d+/">(\w+)<', shown) == ["administrator", "operator", "viewer"]
    for word in ("Operator", "deactivated", ">on<", "Wu", "3 people"):
        assert word in shown


@pytest.mark.parametrize(
    ("asked", "found"), [("VIEW", 1), ("  ", 2), ("w%", 0), ("<b>", 0), ("\x00", 2), ("x" * 999, 2)]
)
def test_the_list_is_searched_by_name(signed_in: Client, viewer: Person, asked: str, found: int) -> None:
    shown = page(signed_in, PEOPLE, q=asked)
    assert len(re.findall(rf'href="{PEOPLE}\d+/"', shown)) == found
    assert ("Nobody is called that" in shown) == (found == 0)
    assert "<b>" not in shown


def test_the_list_comes_in_pages_at_the_same_cost(signed_in: Client) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            page(signed_in, PEOPLE)
        return len(captured)

    few = cost()
    for number in range(60):
        services.add_person(username=f"person{number:02}", role="viewer")
    assert cost() == few <= 8
    following = re.findall(r'href="\?(cursor=[^"]+)" rel="next"', page(signed_in, PEOPLE))[0]
    assert "person59" in signed_in.get(f"{PEOPLE}?{following}").content.decode()
    assert signed_in.get(PEOPLE, {"cursor": "made up"}).headers["Location"] == PEOPLE


def test_a_persons_page_costs_the_same_whatever_they_have(signed_in: Client, viewer: Person) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            page(signed_in, of(viewer))
        return len(captured)

    few = cost()
    for number in range(5):
        services.create_token(name=f"token {number}", scopes={"read"}, days=1, created_by=viewer)
        SocialAccount.objects.create(user=viewer, provider=f"https://{number}.example", uid="x")
        Authenticator.objects.create(user=viewer, type="webauthn", data={})
    assert cost() == few <= 18


def test_somebody_new_chooses_a_password_behind_a_link_that_opens_once(signed_in: Client, password: str) -> None:
    answer = signed_in.post(f"{PEOPLE}add/", NEW)
    link = re.findall(r'value="http://testserver(/welcome/[^"]+)"', answer.content.decode())[0]
    assert answer.status_code == 201
    assert "no-store" in answer.headers["Cache-Control"]
    made = Person.objects.get(username="new")
    assert (made.role, made.get_full_name(), made.has_usable_password()) == (Role.OPERATOR, "Nele Wu", False)
    assert "a link to one ends" in page(signed_in, of(made))
    stranger = Client()
    assert "You sign in as <strong>new</strong>" in page(stranger, link)
    for wrong in ({"again": "another"}, {"password": "short", "again": "short"}, {"password": "\x00" * 20}):
        assert stranger.post(link, {"password": password, "again": password, **wrong}).status_code == 422
    chosen = stranger.post(link, {"password": password, "again": password}, follow=True)
    assert "Your password is set" in chosen.content.decode()
    assert (stranger.get(link).status_code, stranger.post(link).status_code) == (404, 404)
    assert stranger.post("/sign-in", {"username": "new", "password": password}).headers["Location"] == "/"


@pytest.mark.parametrize(
    "wrong",
    [
        {"username": ""},
        {"username": "x" * 151},
        {"username": "x" * 100_000},
        {"username": "nul\x00"},
        {"username": "line\nend"},
        {"username": "\u202edesrever"},
        {"username": "ADMINISTRATOR"},
        {"role": "root"},
        {"role": ""},
        {"email": "nobody"},
        {"email": "x" * 250 + "@example.org"},
        {"first_name": "\u202eeman"},
        {"last_name": "nul\x00"},
    ],
)
def test_what_will_not_do_adds_nobody(signed_in: Client, wrong: dict[str, str]) -> None:
    answer = signed_in.post(f"{PEOPLE}add/", {**NEW, **wrong})
    assert answer.status_code == 422
    assert 'class="errorlist"' in answer.content.decode()
    assert Person.objects.count() == 1


def test_a_name_is_text_and_never_markup(signed_in: Client, viewer: Person) -> None:
    Person.objects.filter(pk=viewer.pk).update(first_name="<script>alert(1)</script>")
    for address in (PEOPLE, of(viewer)):
        assert "<script>alert(1)" not in page(signed_in, address)


def test_role_and_names_are_changed(signed_in: Client, viewer: Person) -> None:
    answer = signed_in.post(of(viewer), {**CHANGED, "last_name": "Lang"})
    assert answer.headers["Location"] == of(viewer)
    viewer.refresh_from_db()
    assert (viewer.role, viewer.last_name) == (Role.OPERATOR, "Lang")
    assert signed_in.post(of(viewer), {**CHANGED, "role": "root"}).status_code == 422


def test_ones_own_role_is_out_of_reach(signed_in: Client, administrator: Person, person: Any) -> None:
    assert 'name="role"' not in page(signed_in, of(administrator))
    signed_in.post(of(administrator), {**CHANGED, "role": "viewer", "last_name": "Lang"})
    administrator.refresh_from_db()
    assert (administrator.role, administrator.last_name) == (Role.ADMINISTRATOR, "Lang")
    for what in ("deactivate/", "password/", "second-step/remove/"):
        assert signed_in.post(of(administrator, what)).status_code == 409


def test_somebody_is_deactivated_and_let_in_again(signed_in: Client, viewer: Person, password: str) -> None:
    shown = signed_in.post(of(viewer, "deactivate/"), follow=True).content.decode()
    assert "Let in again" in shown
    assert Client().post("/sign-in", {"username": "viewer", "password": password}).headers.get("Location") != "/"
    signed_in.post(of(viewer, "reactivate/"))
    assert Client().post("/sign-in", {"username": "viewer", "password": password}).headers["Location"] == "/"


def test_password_second_step_and_sessions_are_taken_away(signed_in: Client, viewer: Person, password: str) -> None:
    browsers = [Client(), Client()]
    for one in browsers:
        one.post("/sign-in", {"username": "viewer", "password": password})
    Authenticator.objects.create(user=viewer, type="totp", data={})
    assert "2 sessions ended." in signed_in.post(of(viewer, "sessions/end/"), follow=True).content.decode()
    assert [one.get("/").status_code for one in browsers] == [302, 302]
    signed_in.post(of(viewer, "second-step/remove/"))
    assert not Authenticator.objects.exists()
    assert "/welcome/" in signed_in.post(of(viewer, "password/")).content.decode()
    assert Client().post("/sign-in", {"username": "viewer", "password": password}).status_code == 200


def test_tokens_and_links_are_those_of_the_person(signed_in: Client, viewer: Person, administrator: Person) -> None:
    token, _ = services.create_token(name="theirs", scopes={"read"}, days=1, created_by=viewer)
    link = SocialAccount.objects.create(user=viewer, provider="https://id.example", uid="8f14")
    shown = page(signed_in, of(viewer))
    assert all(word in shown for word in ("theirs", "https://id.example", "8f14"))
    for what in (f"tokens/{token.pk}/revoke/", f"provider/{link.pk}/unlink/"):
        assert signed_in.post(of(administrator, what)).status_code == 404
        assert signed_in.post(of(viewer, what)).headers["Location"] == of(viewer)
    assert selectors.token(token_id=token.pk).state == "revoked"
    assert not SocialAccount.objects.exists()


def test_what_they_did_is_a_click_away(signed_in: Client, viewer: Person) -> None:
    link = re.findall(r'href="(/audit/\?who=viewer)"', page(signed_in, of(viewer)))[0]
    services.record(action="ban", target="203.0.113.7", who="viewer")
    services.record(action="ban", target="203.0.113.8", who="viewer too")
    shown = page(signed_in, link)
    assert "203.0.113.7" in shown
    assert "203.0.113.8" not in shown


CHANGES = ["deactivate/", "reactivate/", "password/", "second-step/remove/", "provider/1/unlink/"]


@pytest.mark.parametrize("what", ["", *CHANGES])
def test_what_opens_a_way_in_asks_again_who_is_there(unsure: Client, viewer: Person, password: str, what: str) -> None:
    asked = unsure.post(of(viewer, what), CHANGED)
    assert asked.headers["Location"].startswith("/account/confirm/")
    viewer.refresh_from_db()
    assert (viewer.role, viewer.is_active, viewer.check_password(password)) == (Role.VIEWER, True, True)


def test_what_was_asked_for_is_done_once_that_is_answered(unsure: Client, password: str) -> None:
    asked = unsure.post(f"{PEOPLE}add/", NEW)
    answer = unsure.post(asked.headers["Location"], {"password": password})
    assert answer.status_code == 201
    assert "/welcome/" in answer.content.decode()
    assert AuditRecord.objects.get(action="person.create", target="new").who == "administrator"


@pytest.mark.parametrize("what", ["", *CHANGES, "sessions/end/", "tokens/1/revoke/"])
def test_an_unknown_person_is_not_found_and_looking_changes_nothing(
    signed_in: Client, viewer: Person, what: str
) -> None:
    for number in (viewer.pk + 10_000, 10**30):
        assert signed_in.post(f"{PEOPLE}{number}/{what}", CHANGED).status_code == 404
    assert signed_in.get(of(viewer, what)).status_code == (405 if what else 200)
    assert not AuditRecord.objects.filter(action__startswith="person.change").exists()


@pytest.mark.parametrize("who", ["viewer", "operator"])
def test_others_may_neither_look_nor_change(client: Client, who: str, request: pytest.FixtureRequest) -> None:
    me = request.getfixturevalue(who)
    client.force_login(me)
    for address in (PEOPLE, f"{PEOPLE}add/", of(me)):
        assert (client.get(address).status_code, client.post(address, NEW).status_code) in {(403, 403), (403, 405)}
    for what in (*CHANGES, "sessions/end/", "tokens/1/revoke/"):
        assert client.post(of(me, what)).status_code == 403
    assert Person.objects.count() == 1


def test_a_change_without_its_csrf_token_is_refused(administrator: Person, viewer: Person) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(administrator)
    assert browser.post(of(viewer, "deactivate/")).status_code == 403
