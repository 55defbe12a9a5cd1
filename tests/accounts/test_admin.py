from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from banguard.accounts import selectors, services
from banguard.accounts.models import Person, Token
from banguard.accounts.values import Role
from banguard.core.errors import NotFound

PEOPLE, TOKENS = "/admin/accounts/person/", "/admin/accounts/token/"


@pytest.fixture
def signed_in(client: Client, administrator: Person) -> Client:
    client.force_login(administrator)
    return client


def token() -> Token:
    return services.create_token(name="export", scopes={"read"}, days=None, created_by=None)[0]


def test_the_admin_has_no_door_of_its_own(client: Client, administrator: Person, password: str) -> None:
    given = {"username": "administrator", "password": password}
    assert client.get("/admin/login/?next=/admin/").headers["Location"] == "/sign-in?next=%2Fadmin%2F"
    assert client.post("/admin/login/", given).headers["Location"].startswith("/sign-in")
    assert "_auth_user_id" not in client.session


def test_the_admin_leads_a_stranger_through_the_door_and_back(
    client: Client, administrator: Person, password: str
) -> None:
    answer = client.get(PEOPLE, follow=True)
    assert answer.redirect_chain[-1][0].startswith("/sign-in?next=")
    signed = client.post(answer.redirect_chain[-1][0], {"username": "administrator", "password": password}, follow=True)
    assert signed.request["PATH_INFO"] == PEOPLE


@pytest.mark.parametrize("who", ["viewer", "operator"])
def test_the_admin_is_only_for_administrators(client: Client, who: str, request: pytest.FixtureRequest) -> None:
    client.force_login(request.getfixturevalue(who))
    assert client.get("/admin/", follow=True).status_code == 403
    assert client.get(TOKENS, follow=True).status_code == 403


@pytest.mark.parametrize("url", [PEOPLE, TOKENS, "/admin/accounts/setuplink/"])
def test_lists_open_and_search(signed_in: Client, url: str) -> None:
    token()
    assert signed_in.get(url).status_code == 200
    assert signed_in.get(url, {"q": "nobody"}).status_code == 200


def test_a_person_is_made_with_a_role(signed_in: Client, password: str) -> None:
    given = {"username": "new", "role": "operator", "password1": password, "password2": password}
    given["usable_password"] = "true"
    assert signed_in.post(f"{PEOPLE}add/", given).status_code == 302
    assert Person.objects.get(username="new").role == Role.OPERATOR


def test_djangos_own_flags_cannot_be_edited(signed_in: Client, viewer: Person) -> None:
    url = f"{PEOPLE}{viewer.pk}/change/"
    given = {"username": "viewer", "role": "viewer", "is_active": "on", "is_staff": "on", "is_superuser": "on"}
    assert signed_in.post(url, given).status_code == 302
    viewer.refresh_from_db()
    assert not viewer.is_staff
    assert "is_superuser" not in signed_in.get(url).content.decode()


@pytest.mark.parametrize("change", [{"role": "viewer", "is_active": "on"}, {"role": "administrator"}])
def test_the_last_administrator_stays(signed_in: Client, administrator: Person, change: dict[str, str]) -> None:
    answer = signed_in.post(f"{PEOPLE}{administrator.pk}/change/", {"username": "administrator", **change})
    assert "This is the last administrator" in answer.content.decode()


def test_nobody_puts_themself_out_here_either(signed_in: Client, administrator: Person, password: str) -> None:
    services.create_person(username="second", password=password, role=Role.ADMINISTRATOR)
    given = {"username": "administrator", "role": "viewer", "is_active": "on"}
    answer = signed_in.post(f"{PEOPLE}{administrator.pk}/change/", given)
    assert "Ask another administrator" in answer.content.decode()


def test_whoever_is_deactivated_here_has_no_link_any_more(signed_in: Client, administrator: Person) -> None:
    made, secret = services.add_person(username="new", role="viewer")
    signed_in.post(f"{PEOPLE}{made.pk}/change/", {"username": "new", "role": "viewer"})
    signed_in.post(f"{PEOPLE}{made.pk}/change/", {"username": "new", "role": "viewer", "is_active": "on"})
    with pytest.raises(NotFound):
        services.welcome(secret=secret)


def test_nobody_is_deleted(signed_in: Client, viewer: Person) -> None:
    assert signed_in.post(f"{PEOPLE}{viewer.pk}/delete/", {"post": "yes"}).status_code == 403


def test_tokens_are_not_made_or_changed_here_and_their_digest_is_not_shown(signed_in: Client) -> None:
    made = token()
    page = signed_in.get(f"{TOKENS}{made.pk}/change/")
    assert signed_in.get(f"{TOKENS}add/").status_code == 403
    assert made.digest not in page.content.decode()
    assert 'name="_save"' not in page.content.decode()


def test_tokens_are_revoked_here(signed_in: Client) -> None:
    made = token()
    signed_in.post(TOKENS, {"action": "revoke", "_selected_action": [made.pk]})
    assert selectors.token(token_id=made.pk).state == "revoked"


def test_more_tokens_need_no_more_queries(
    signed_in: Client, administrator: Person, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(20):
        services.create_token(name=f"token {number}", scopes={"read"}, days=None, created_by=administrator)
    with django_assert_max_num_queries(8):
        signed_in.get(TOKENS)
