from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test import Client

from banguard.accounts import services
from banguard.accounts.models import Person, SetupLink
from banguard.accounts.values import LINK_LIFETIME, Role
from banguard.core.errors import BanGuardError, NotFound


@pytest.fixture
def secret(db: None) -> str:
    return services.create_setup_link() or ""


def form(chosen: str, **others: str) -> dict[str, str]:
    return {"username": "administrator", "password": chosen, "again": chosen, **others}


def test_the_link_makes_the_first_administrator_and_signs_them_in(client: Client, secret: str, password: str) -> None:
    answer = client.post(f"/setup/{secret}/", form(password))
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert Person.objects.get().role == Role.ADMINISTRATOR
    assert client.session["_auth_user_id"] == str(Person.objects.get().pk)


def test_the_link_opens_once(client: Client, secret: str, password: str) -> None:
    client.post(f"/setup/{secret}/", form(password))
    answer = client.get(f"/setup/{secret}/")
    assert answer.status_code == 404
    assert "BanGuard is set up already. Sign in" in answer.content.decode()


def test_an_unknown_link_says_how_to_get_a_new_one(client: Client, db: None) -> None:
    answer = client.get("/setup/%00%ff%E2%80%AEguess/")
    assert answer.status_code == 404
    assert "manage.py setup_link" in answer.content.decode()


def test_an_old_link_is_refused(secret: str) -> None:
    SetupLink.objects.update(created_at=Now() - LINK_LIFETIME - timedelta(seconds=1))
    with pytest.raises(NotFound, match="too old"):
        services.check_setup_link(secret=secret)


def test_a_new_link_ends_the_earlier_one(secret: str) -> None:
    newer = services.create_setup_link() or ""
    services.check_setup_link(secret=newer)
    with pytest.raises(NotFound):
        services.check_setup_link(secret=secret)


def test_there_is_no_link_once_somebody_exists(viewer: Person) -> None:
    assert services.create_setup_link() is None


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"again": "something else entirely"}, "The two passwords differ."),
        ({"password": "short", "again": "short"}, "too short"),
        ({"username": "with space"}, "valid username"),
        ({"username": "nul\x00"}, "Null characters are not allowed."),
        ({"password": "nul\x00" * 9, "again": "nul\x00" * 9}, "Null characters are not allowed."),
        ({"username": "x" * 100_000}, "at most 150 characters"),
        ({"username": ""}, "This field is required."),
    ],
)
def test_what_will_not_do_is_said_beside_the_field(
    client: Client, secret: str, password: str, wrong: dict[str, str], told: str
) -> None:
    answer = client.post(f"/setup/{secret}/", form(password, **wrong))
    assert answer.status_code == 422
    assert told in answer.content.decode()
    services.check_setup_link(secret=secret)  # and the link lives on


@pytest.mark.django_db(transaction=True)
def test_of_two_people_with_the_same_link_one_succeeds(password: str) -> None:
    secret = services.create_setup_link() or ""

    def try_it(name: str) -> str:
        try:
            return services.set_up(secret=secret, username=name, password=password).username
        except BanGuardError as error:
            return error.code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(try_it, [f"person{n}" for n in range(8)]))
    assert sorted(outcomes)[:7] == ["not_found"] * 7
    assert Person.objects.count() == 1
