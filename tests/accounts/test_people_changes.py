"""What administrators may do to people, and what nobody may."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import connection
from django.db.models.functions import Now
from django.test import Client

from banguard.accounts import selectors, services
from banguard.accounts.models import AuditRecord, Person, SetupLink
from banguard.accounts.values import LINK_LIFETIME, Role
from banguard.core.errors import BanGuardError, Conflict, InvalidInput, NotFound

NEW = "another long enough secret"


def told(action: str) -> list[tuple[str, str, Any, Any]]:
    rows = AuditRecord.objects.filter(action=action).order_by("number")
    return [(row.outcome, row.target, row.before, row.after) for row in rows]


@pytest.fixture
def browser(viewer: Person) -> Client:
    """Where the viewer is signed in."""
    made = Client()
    made.force_login(viewer)
    UserSession.objects.create(user=viewer, ip="203.0.113.7", session_key=made.session.session_key)
    return made


def test_only_what_changes_is_written_and_told(administrator: Person, viewer: Person) -> None:
    changes = {"role": "operator", "first_name": "Vera", "last_name": "", "email": "vera@EXAMPLE.org"}
    services.change_person(person_id=viewer.pk, by=administrator, changes=changes)
    services.change_person(person_id=viewer.pk, by=administrator, changes={"role": "operator"})
    before = {"role": "viewer", "first_name": "", "email": ""}
    after = {"role": "operator", "first_name": "Vera", "email": "vera@example.org"}
    assert told("person.change") == [("done", "viewer", before, after)]
    assert selectors.person(person_id=viewer.pk).role == Role.OPERATOR


@pytest.mark.parametrize("changes", [{"role": "viewer"}, {"is_active": False}])
def test_the_last_administrator_stays(administrator: Person, changes: dict[str, object]) -> None:
    with pytest.raises(Conflict, match="last administrator"):
        services.change_person(person_id=administrator.pk, by=administrator, changes=changes)
    assert told("person.change") == [("refused", "administrator", None, None)]


@pytest.mark.parametrize("changes", [{"role": "viewer"}, {"is_active": False}])
def test_nobody_puts_themself_out(administrator: Person, password: str, changes: dict[str, object]) -> None:
    services.create_person(username="second", password=password, role=Role.ADMINISTRATOR)
    with pytest.raises(Conflict, match="Ask another administrator"):
        services.change_person(person_id=administrator.pk, by=administrator, changes=changes)


def test_an_inactive_administrator_may_be_demoted_by_the_last_one(administrator: Person, password: str) -> None:
    second = services.create_person(username="second", password=password, role=Role.ADMINISTRATOR)
    services.change_person(person_id=second.pk, by=administrator, changes={"is_active": False})
    changed = services.change_person(person_id=second.pk, by=administrator, changes={"role": "viewer"})
    assert (changed.role, changed.is_staff) == (Role.VIEWER, False)


@pytest.mark.django_db(transaction=True)
def test_two_administrators_cannot_put_each_other_out_at_the_same_moment(password: str) -> None:
    one, other = (
        services.create_person(username=name, password=password, role=Role.ADMINISTRATOR) for name in ("one", "other")
    )

    def demote(pair: tuple[Person, Person]) -> str:
        try:
            services.change_person(person_id=pair[0].pk, by=pair[1], changes={"role": "viewer"})
        except BanGuardError as error:
            return error.code
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(demote, [(one, other), (other, one)])) == ["conflict", "done"]


@pytest.mark.parametrize("name", ["nul\x00", "line\nend", "\u202edesrever", "\u200fmark", "x" * 151])
def test_a_name_that_deceives_the_eye_is_refused(administrator: Person, viewer: Person, name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        services.change_person(person_id=viewer.pk, by=administrator, changes={"last_name": name})
    assert list(refused.value.details["fields"]) == ["last_name"]  # type: ignore[call-overload]


@pytest.mark.parametrize("name", ["ليلى", "می\u200cخواهم", "Zoë O’Neill", "李明"])
def test_names_of_any_script_will_do(administrator: Person, viewer: Person, name: str) -> None:
    changed = services.change_person(person_id=viewer.pk, by=administrator, changes={"first_name": name})
    assert changed.first_name == name


@pytest.mark.parametrize("name", ["viewer", "VIEWER", "Viewer"])
def test_names_that_differ_in_case_alone_are_one(viewer: Person, password: str, name: str) -> None:
    with pytest.raises(InvalidInput, match="already exists"):
        services.add_person(username=name, role="viewer")
    with pytest.raises(InvalidInput, match="already exists"):
        services.create_person(username=name, password=password, role=Role.VIEWER)


def test_a_role_that_is_none_is_refused(administrator: Person, viewer: Person) -> None:
    with pytest.raises(InvalidInput):
        services.change_person(person_id=viewer.pk, by=administrator, changes={"role": "root"})


def test_whoever_is_deactivated_is_signed_out_for_good(administrator: Person, viewer: Person, browser: Client) -> None:
    services.reset_password(person_id=viewer.pk, by=administrator)
    services.change_person(person_id=viewer.pk, by=administrator, changes={"is_active": False})
    services.change_person(person_id=viewer.pk, by=administrator, changes={"is_active": True})
    assert browser.get("/").status_code == 302
    assert not SetupLink.objects.exists()


def test_a_new_password_ends_the_old_one_and_the_sessions(
    administrator: Person, viewer: Person, browser: Client, password: str
) -> None:
    _, earlier = services.reset_password(person_id=viewer.pk, by=administrator)
    _, secret = services.reset_password(person_id=viewer.pk, by=administrator)
    assert browser.get("/").status_code == 302
    assert not selectors.person(person_id=viewer.pk).check_password(password)
    with pytest.raises(NotFound):
        services.choose_password(secret=earlier, password=NEW)
    with pytest.raises(InvalidInput):
        services.choose_password(secret=secret, password="short")
    assert services.choose_password(secret=secret, password=NEW).check_password(NEW)
    with pytest.raises(NotFound):
        services.choose_password(secret=secret, password=NEW)
    assert AuditRecord.objects.get(action="person.password").who == "viewer"
    assert [outcome for outcome, *_ in told("person.password_link")] == ["done", "done"]


def test_a_link_ends_with_a_password_chosen_elsewhere_and_with_time(administrator: Person, viewer: Person) -> None:
    _, secret = services.reset_password(person_id=viewer.pk, by=administrator)
    assert services.welcome(secret=secret) == viewer
    SetupLink.objects.update(created_at=Now() - LINK_LIFETIME - timedelta(seconds=1))
    assert selectors.waiting_link(person=viewer) is None
    with pytest.raises(NotFound):
        services.welcome(secret=secret)
    _, secret = services.reset_password(person_id=viewer.pk, by=administrator)
    services.note_password_change(person=viewer)
    with pytest.raises(NotFound):
        services.welcome(secret=secret)


def test_a_link_of_somebody_makes_no_administrator(administrator: Person, viewer: Person) -> None:
    _, secret = services.reset_password(person_id=viewer.pk, by=administrator)
    with pytest.raises(NotFound):
        services.set_up(secret=secret, username="x", password=NEW)


@pytest.mark.django_db(transaction=True)
def test_of_two_with_the_same_link_one_chooses(person: Callable[[Role], Person]) -> None:
    _, secret = services.reset_password(person_id=person(Role.VIEWER).pk, by=person(Role.ADMINISTRATOR))

    def choose(number: int) -> str:
        try:
            services.choose_password(secret=secret, password=f"{NEW} {number}")
        except BanGuardError as error:
            return error.code
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(choose, range(4))) == ["done", "not_found", "not_found", "not_found"]


def test_a_lost_second_step_is_removed_and_told(administrator: Person, viewer: Person) -> None:
    for kind in ("totp", "recovery_codes"):
        Authenticator.objects.create(user=viewer, type=kind, data={})
    assert selectors.people().get(pk=viewer.pk).second_step_since  # type: ignore[attr-defined]
    services.remove_second_step(person_id=viewer.pk, by=administrator)
    services.remove_second_step(person_id=viewer.pk, by=administrator)  # nothing is left: nothing to tell
    assert not Authenticator.objects.exists()
    assert told("second_step.remove") == [("done", "viewer", {"types": ["totp", "recovery_codes"]}, None)]


def test_ones_own_password_and_second_step_are_changed_elsewhere(administrator: Person) -> None:
    with pytest.raises(Conflict):
        services.reset_password(person_id=administrator.pk, by=administrator)
    with pytest.raises(Conflict):
        services.remove_second_step(person_id=administrator.pk, by=administrator)


def test_whoever_is_deactivated_gets_no_link(administrator: Person, viewer: Person) -> None:
    services.change_person(person_id=viewer.pk, by=administrator, changes={"is_active": False})
    with pytest.raises(Conflict, match="deactivated"):
        services.reset_password(person_id=viewer.pk, by=administrator)
