from __future__ import annotations

import re

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from banguard.accounts import selectors, services
from banguard.accounts.models import Person, Token
from banguard.accounts.values import Scope

PAGE = "/account/tokens/"


@pytest.fixture
def signed_in(client: Client, administrator: Person) -> Client:
    client.force_login(administrator)
    return client


def test_a_new_token_is_shown_once(signed_in: Client, administrator: Person) -> None:
    answer = signed_in.post(PAGE, {"name": "export", "scopes": ["read"], "days": "30"})
    text = re.findall(r'value="(bg_[^"]+)"', answer.content.decode())
    assert answer.status_code == 201
    assert "no-store" in answer.headers["Cache-Control"]
    caller = selectors.caller_of_token(token=selectors.valid_token(token=text[0]))
    assert (caller.person_id, caller.scopes) == (administrator.pk, {Scope.READ})
    assert text[0] not in signed_in.get(PAGE).content.decode()


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "x" * 101},
        {"name": "nul\x00"},
        {"scopes": []},
        {"scopes": ["all"]},
        {"days": "9999"},
        {"days": "\x00"},
    ],
)
def test_what_will_not_do_makes_no_token(signed_in: Client, wrong: dict[str, object]) -> None:
    answer = signed_in.post(PAGE, {"name": "export", "scopes": ["read"], "days": "30", **wrong})
    assert answer.status_code == 422
    assert not Token.objects.exists()


def test_a_name_is_text_and_never_markup(signed_in: Client) -> None:
    services.create_token(name="<script>alert(1)</script>", scopes={"*"}, days=None, created_by=None)
    assert "&lt;script&gt;alert(1)" in signed_in.get(PAGE).content.decode()


def test_revoking_ends_a_token(signed_in: Client) -> None:
    token, _ = services.create_token(name="export", scopes={"*"}, days=None, created_by=None)
    assert signed_in.post(f"{PAGE}{token.pk}/revoke/").headers["Location"] == PAGE
    assert selectors.token(token_id=token.pk).state == "revoked"


def test_an_unknown_token_is_not_found(signed_in: Client) -> None:
    assert signed_in.post(f"{PAGE}{10**30}/revoke/").status_code == 404


def test_a_stranger_cursor_is_refused(signed_in: Client) -> None:
    assert signed_in.get(PAGE, {"cursor": "made up"}).status_code == 400


@pytest.mark.parametrize("who", ["viewer", "operator"])
def test_others_may_not_see_or_make_tokens(client: Client, who: str, request: pytest.FixtureRequest) -> None:
    client.force_login(request.getfixturevalue(who))
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, {"name": "x", "scopes": ["read"], "days": "30"}).status_code == 403
    assert client.post(f"{PAGE}1/revoke/").status_code == 403


def test_more_tokens_need_no_more_queries(
    signed_in: Client, administrator: Person, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(60):
        services.create_token(name=f"token {number}", scopes={"read"}, days=None, created_by=administrator)
    with django_assert_max_num_queries(6):
        answer = signed_in.get(PAGE)
    assert "60 tokens" in answer.content.decode()
    assert 'rel="next"' in answer.content.decode()
