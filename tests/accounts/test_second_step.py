from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client

from banguard.accounts.models import AuditRecord, Person

SECURITY = "/account/security/"


def code(secret: str, *, ahead: int = 0) -> str:
    """What an app shows for ``secret`` now, or ``ahead`` half minutes later."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + ahead))


def sign_in(client: Client, password: str) -> Any:
    return client.post("/sign-in", {"username": "viewer", "password": password})


@pytest.fixture
def signed_in(client: Client, viewer: Person, password: str) -> Client:
    sign_in(client, password)
    client.post("/account/confirm/", {"password": password})
    return client


@pytest.fixture
def secret(signed_in: Client) -> str:
    """Of an app that was just added."""
    page = signed_in.get(f"{SECURITY}app/").content.decode()
    found = re.findall(r'id="secret" value="(\w+)"', page)[0]
    answer = signed_in.post(f"{SECURITY}app/", {"code": code(found)})
    assert answer.headers["Location"] == f"{SECURITY}codes/"
    return str(found)


@pytest.fixture
def at_the_second_step(signed_in: Client, secret: str, password: str) -> Client:
    signed_in.post("/sign-out")
    assert sign_in(signed_in, password).headers["Location"] == "/sign-in/second-step/"
    return signed_in


def step(client: Client, given: str) -> tuple[int, str]:
    answer = client.post("/sign-in/second-step/", {"code": given})
    return answer.status_code, answer.headers.get("Location", "")


def test_with_an_app_the_password_alone_opens_nothing(at_the_second_step: Client) -> None:
    assert at_the_second_step.get("/").headers["Location"].startswith("/sign-in")
    assert step(at_the_second_step, "000000")[0] == 200
    assert "_auth_user_id" not in at_the_second_step.session


def test_the_code_of_the_app_lets_in(at_the_second_step: Client, secret: str) -> None:
    assert step(at_the_second_step, code(secret, ahead=1)) == (302, "/")
    assert at_the_second_step.get("/").status_code == 200


def test_a_recovery_code_lets_in_once(at_the_second_step: Client, password: str) -> None:
    codes = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
    assert step(at_the_second_step, codes[0]) == (302, "/")
    at_the_second_step.post("/sign-out")
    sign_in(at_the_second_step, password)
    assert step(at_the_second_step, codes[0])[0] == 200


def test_recovery_codes_are_shown_and_can_be_taken_away(signed_in: Client, secret: str) -> None:
    codes = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
    assert len(codes) == 10
    assert codes[9] in signed_in.get(f"{SECURITY}codes/").content.decode()
    assert codes[9] in signed_in.get(f"{SECURITY}codes/download").content.decode()


def test_who_guesses_codes_has_to_wait(at_the_second_step: Client, secret: str) -> None:
    for _ in range(10):
        step(at_the_second_step, "000000")
    assert step(at_the_second_step, code(secret, ahead=1))[0] == 200


@pytest.mark.django_db(transaction=True)
def test_what_happens_to_second_steps_is_told(at_the_second_step: Client) -> None:
    step(at_the_second_step, "000000")
    told = AuditRecord.objects.filter(action__startswith="second_step").order_by("number")
    assert [(record.action, record.outcome) for record in told] == [
        ("second_step.add", "done"),
        ("second_step.add", "done"),
        ("second_step", "refused"),
    ]


def test_changing_them_later_asks_who_is_there(signed_in: Client, secret: str, password: str) -> None:
    session = signed_in.session
    session["account_authentication_methods"] = [
        {**method, "at": time.time() - 3600} for method in session["account_authentication_methods"]
    ]
    session.save()
    asked = signed_in.get(f"{SECURITY}app/remove/")
    assert asked.headers["Location"].startswith("/account/confirm/")
    page = signed_in.get(asked.headers["Location"])
    assert "Confirm that it is you" in page.content.decode()
    confirmed = signed_in.post(asked.headers["Location"], {"password": password})
    assert confirmed.headers["Location"].startswith(f"{SECURITY}app/remove/")


@pytest.mark.parametrize("place", ["", "app/", "passkeys/", "passkeys/add/", "app/remove/", "codes/", "codes/new/"])
def test_every_page_stands_in_our_frame(signed_in: Client, secret: str, place: str) -> None:
    answer = signed_in.get(f"{SECURITY}{place}", follow=True)
    assert answer.status_code == 200
    assert 'class="frame"' in answer.content.decode()


@pytest.mark.parametrize("place", ["/account/confirm/", "/account/confirm/code/"])
def test_every_confirmation_is_ours(signed_in: Client, secret: str, place: str) -> None:
    assert "Confirm that it is you" in signed_in.get(place).content.decode()


def test_sessions_are_listed_and_ended_one_by_one(signed_in: Client, password: str) -> None:
    elsewhere = Client(headers={"user-agent": "the phone"})
    sign_in(elsewhere, password)
    page = signed_in.get("/account/sessions/").content.decode()
    assert "the phone" in page
    ending = re.findall(r"/account/sessions/(\d+)/end/", page)
    assert signed_in.post(f"/account/sessions/{ending[0]}/end/").status_code == 302
    assert elsewhere.get("/").status_code == 302
    assert signed_in.get("/").status_code == 200


def test_all_other_sessions_are_ended_at_once(signed_in: Client, password: str) -> None:
    others = [Client(), Client()]
    for other in others:
        sign_in(other, password)
    signed_in.post("/account/sessions/end/")
    assert [other.get("/").status_code for other in others] == [302, 302]
    assert signed_in.get("/").status_code == 200


def test_somebody_elses_session_is_not_found(
    signed_in: Client, operator: Person, password: str, person: Callable[..., Person]
) -> None:
    other = Client()
    other.post("/sign-in", {"username": "operator", "password": password})
    theirs = operator.usersession_set.get().pk
    assert signed_in.post(f"/account/sessions/{theirs}/end/").status_code == 404
    assert other.get("/").status_code == 200


def test_a_new_password_leaves_this_session_on_the_list(signed_in: Client, password: str) -> None:
    fresh = "another four calm words"
    given = {"old_password": password, "new_password1": fresh, "new_password2": fresh}
    signed_in.post("/account/password/", given)
    assert "this one" in signed_in.get("/account/sessions/").content.decode()


def test_a_made_up_passkey_opens_nothing(client: Client, viewer: Person) -> None:
    challenge = client.get("/sign-in/passkey/", headers={"accept": "application/json"}).json()
    assert challenge["request_options"]["publicKey"]["challenge"]
    for credential in ("{}", "null", "[]", '{"id": 1}', "x" * 10_000):
        answer = client.post("/sign-in/passkey/", {"credential": credential})
        assert answer.status_code == 302
    assert "_auth_user_id" not in client.session
