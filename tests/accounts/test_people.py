from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import IntegrityError

from banguard.accounts import selectors, services
from banguard.accounts.models import Person
from banguard.accounts.values import Role
from banguard.core.errors import InvalidInput

pytestmark = pytest.mark.django_db


def test_only_an_administrator_enters_the_django_admin(viewer: Person, administrator: Person) -> None:
    assert (viewer.is_staff, viewer.is_superuser) == (False, False)
    assert (administrator.is_staff, administrator.is_superuser) == (True, True)


def test_djangos_flags_follow_the_role_even_when_only_the_role_is_saved(administrator: Person) -> None:
    administrator.role = Role.VIEWER
    administrator.save(update_fields=["role"])
    administrator.refresh_from_db()
    assert (administrator.is_staff, administrator.is_superuser) == (False, False)


def test_the_database_refuses_flags_that_disagree_with_the_role(viewer: Person) -> None:
    with pytest.raises(IntegrityError, match="person_flags_follow_role"):
        Person.objects.filter(pk=viewer.pk).update(is_staff=True)


def test_createsuperuser_makes_an_administrator() -> None:
    call_command("createsuperuser", "--no-input", username="root", email="root@example.org", verbosity=0)
    assert Person.objects.get().role == Role.ADMINISTRATOR


@pytest.mark.parametrize("username", ["", "x" * 151, "with space", "nul\x00", "\u202edesrever", "a" * 100_000])
def test_a_name_that_will_not_do_is_refused_with_the_reason(username: str, password: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        services.create_person(username=username, password=password, role=Role.VIEWER)
    assert list(refused.value.details["fields"]) == ["username"]  # type: ignore[call-overload]


@pytest.mark.parametrize("username", ["Zoë", "李明", "a.b+c@d-e_f", "x" * 150])
def test_names_of_any_script_will_do(username: str, password: str) -> None:
    assert services.create_person(username=username, password=password, role=Role.VIEWER).username == username


def test_a_name_is_given_once(viewer: Person, password: str) -> None:
    with pytest.raises(InvalidInput, match="already exists"):
        services.create_person(username=viewer.username, password=password, role=Role.VIEWER)


@pytest.mark.parametrize("chosen", ["short", "password1234", "123456789012", "gertrude1234"])
def test_a_weak_password_is_refused(chosen: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        services.create_person(username="gertrude1234", password=chosen, role=Role.VIEWER)
    assert "password" in refused.value.details["fields"]  # type: ignore[operator]


def test_the_last_active_administrator_is_known(administrator: Person, viewer: Person, password: str) -> None:
    assert selectors.is_last_administrator(person=administrator)
    assert not selectors.is_last_administrator(person=viewer)
    services.create_person(username="second", password=password, role=Role.ADMINISTRATOR)
    assert not selectors.is_last_administrator(person=administrator)
