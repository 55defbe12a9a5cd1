"""Signing in through an OpenID provider, each time with a real one on this machine."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.test import Client

from banguard.accounts import services
from banguard.accounts.models import AuditRecord, Person
from banguard.accounts.values import Outcome, Role
from tests.accounts.openid_provider import LocalProvider
from tests.accounts.openid_walk import BACK, BEGIN, address_of, is_inside, told, walk, way_back


def test_the_sign_in_page_has_a_button_for_the_provider(client: Client, provider: LocalProvider, db: None) -> None:
    page = client.get("/sign-in?next=/jails/").content.decode()
    assert 'action="/sign-in/provider/"' in page
    assert "Our company" in page
    assert page.count('name="next" value="/jails/"') == 3


def test_without_a_provider_there_is_no_button_and_no_door(client: Client, db: None) -> None:
    assert "provider" not in client.get("/sign-in").content.decode()
    assert client.post(BEGIN).status_code == client.get(BACK).status_code == 404


def test_the_verified_address_lets_in_and_links(client: Client, provider: LocalProvider, known: Person) -> None:
    assert walk(client) == (302, "/")
    assert is_inside(client)
    assert SocialAccount.objects.get().uid == "s-1"
    assert told()[-2:] == [("person.link", "viewer", Outcome.DONE), ("sign_in", "viewer", Outcome.DONE)]


def test_once_linked_the_subject_counts_and_the_address_does_not(
    client: Client, provider: LocalProvider, known: Person
) -> None:
    walk(client)
    client.post("/sign-out")
    provider.claims["email"] = None
    assert walk(client) == (302, "/")
    assert is_inside(client)


def test_nothing_of_what_the_provider_tells_is_kept(client: Client, provider: LocalProvider, known: Person) -> None:
    provider.claims |= {"name": "Somebody Else", "roles": ["administrator"], "preferred_username": "root"}
    walk(client)
    known.refresh_from_db()
    assert (known.role, known.first_name, known.username, known.email) == (
        Role.VIEWER,
        "",
        "viewer",
        "Viewer@example.com",
    )
    assert known.has_usable_password()
    assert (SocialAccount.objects.get().extra_data, SocialToken.objects.count()) == ({}, 0)


def test_the_userinfo_is_asked_when_the_token_has_no_address(
    client: Client, provider: LocalProvider, known: Person
) -> None:
    provider.userinfo = {"sub": "s-1", "email": provider.claims.pop("email"), "email_verified": True}
    assert walk(client) == (302, "/")


def test_the_userinfo_of_somebody_else_is_refused(client: Client, provider: LocalProvider, known: Person) -> None:
    provider.userinfo = {"sub": "s-2", "email": provider.claims.pop("email"), "email_verified": True}
    assert walk(client)[0] == 403


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "stranger@example.com"},
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": 1},
        {"email": "v\u0131ewer@example.com"},  # a dotless i: another mailbox, the same for a careless comparison
        {"email": ["viewer@example.com"]},
        {"email": "viewer@example.com\x00"},
    ],
)
def test_strangers_stay_outside_and_no_account_is_made(
    client: Client, provider: LocalProvider, known: Person, claims: dict[str, Any]
) -> None:
    provider.claims |= claims
    answer = client.get(way_back(client))
    assert (answer.status_code, is_inside(client)) == (403, False)
    assert "Ask an administrator" in answer.content.decode()
    assert (Person.objects.count(), SocialAccount.objects.count()) == (1, 0)
    last = AuditRecord.objects.latest("number")
    assert (last.action, last.outcome, last.who) == ("sign_in", Outcome.REFUSED, "somebody unknown")


def test_two_people_with_one_address_both_stay_outside(
    client: Client, provider: LocalProvider, known: Person, operator: Person
) -> None:
    Person.objects.update(email="viewer@example.com")
    assert walk(client)[0] == 403


@pytest.mark.parametrize("linked", [False, True])
def test_somebody_inactive_stays_outside(client: Client, provider: LocalProvider, known: Person, linked: bool) -> None:
    if linked:
        SocialAccount.objects.create(user=known, provider=provider.issuer, uid="s-1")
    Person.objects.update(is_active=False)
    assert (walk(client)[0], is_inside(client)) == (403, False)
    assert AuditRecord.objects.latest("number").detail == "the person is not active"


def test_whoever_gets_an_old_address_does_not_get_the_account(
    client: Client, provider: LocalProvider, known: Person
) -> None:
    walk(client)
    client.post("/sign-out")
    provider.claims["sub"] = "s-2"
    assert walk(client)[0] == 403


def test_a_subject_of_another_provider_is_somebody_else(client: Client, provider: LocalProvider, known: Person) -> None:
    SocialAccount.objects.create(user=known, provider="https://elsewhere.example", uid="s-1")
    provider.claims["email"] = None
    assert walk(client)[0] == 403


def test_who_has_a_second_step_is_asked_for_it(client: Client, provider: LocalProvider, known: Person) -> None:
    TOTP.activate(known, "JBSWY3DPEHPK3PXP")
    assert Authenticator.objects.count() == 1
    assert walk(client) == (302, "/sign-in/second-step/")
    assert not is_inside(client)


def test_it_goes_on_to_where_one_wanted_to_go(client: Client, provider: LocalProvider, known: Person) -> None:
    assert walk(client, next="/jails/") == (302, "/jails/")


@pytest.mark.parametrize("next_page", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_nobody_is_led_to_another_site(client: Client, provider: LocalProvider, known: Person, next_page: str) -> None:
    assert walk(client, next=next_page) == (302, "/")


def test_the_address_that_begins_decides_nothing(client: Client, provider: LocalProvider, db: None) -> None:
    tampered = client.post(f"{BEGIN}?process=connect&scope=admin&auth_params=redirect_uri%3Dhttps%3A%2F%2Fevil.example")
    address = address_of(tampered)
    assert "evil" not in address
    assert "admin" not in address


def test_a_link_or_another_site_cannot_begin(provider: LocalProvider, db: None) -> None:
    careful = Client(enforce_csrf_checks=True)
    assert (careful.get(BEGIN).status_code, careful.post(BEGIN).status_code) == (405, 403)


def test_who_hammers_the_provider_gets_429(client: Client, provider: LocalProvider, db: None) -> None:
    assert [client.get(BACK).status_code for _ in range(61)][-1] == 429


def test_an_administrator_unlinks(
    client: Client, provider: LocalProvider, known: Person, administrator: Person
) -> None:
    link = SocialAccount.objects.create(user=known, provider=provider.issuer, uid="s-1")
    client.force_login(administrator)
    address = "/admin/socialaccount/socialaccount/"
    assert "s-1" in client.get(address, {"q": "viewer"}).content.decode()
    client.post(address, {"action": "unlink", "_selected_action": [link.pk]})
    assert not SocialAccount.objects.exists()
    assert told()[-1] == ("person.unlink", "viewer", Outcome.DONE)


def test_one_person_is_linked_once(provider: LocalProvider, known: Person) -> None:
    given = {"issuer": provider.issuer, "subject": "s-1", "email": "VIEWER@example.com"}
    assert services.person_behind(**given) == services.person_behind(**given) == known
    assert SocialAccount.objects.count() == 1
