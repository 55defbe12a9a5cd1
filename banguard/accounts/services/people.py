"""Making and changing people. Nobody puts themself out, and somebody can always administer."""

from __future__ import annotations

from collections.abc import Mapping

from allauth.mfa.models import Authenticator
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from banguard.accounts import selectors
from banguard.accounts.models import Person, SetupLink
from banguard.accounts.services import audit
from banguard.accounts.services.refusals import unusable
from banguard.accounts.services.sessions import end_other_sessions
from banguard.accounts.values import Role
from banguard.core.errors import Conflict


def create_person(*, username: str, password: str, role: Role) -> Person:
    """Somebody new. Raises ``InvalidInput`` with the reasons when the name or the password will not do."""
    person = Person(username=username, role=role)
    check(person)
    check_password(person, password)
    person.set_password(password)
    with transaction.atomic():
        person.save()
        audit.record(action="person.create", target=person.username, after={"role": role})
    return person


def check(person: Person) -> None:
    """Raises ``InvalidInput`` with what of ``person`` will not do, by field."""
    try:
        person.full_clean(exclude=["password"])
    except ValidationError as error:
        raise unusable(error) from error


def check_password(person: Person, password: str) -> None:
    """Raises ``InvalidInput`` with why ``password`` will not do for ``person``."""
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise unusable(error, otherwise="password") from error


def change_person(*, person_id: int, by: Person, changes: Mapping[str, object]) -> Person:
    """Change role, names, address or whether somebody is active. Who is not any more is signed out.

    Raises ``NotFound``, ``InvalidInput``, and ``Conflict`` when ``check_stays`` does.
    """
    named = selectors.person(person_id=person_id)
    with audit.refusals_told(action="person.change", target=named.username), transaction.atomic():
        hold_administrators()
        person = Person.objects.select_for_update().get(pk=named.pk)
        before = {name: getattr(person, name) for name in changes if getattr(person, name) != changes[name]}
        if not before:
            return person
        after = {name: changes[name] for name in before}
        wanted = {"role": person.role, "is_active": person.is_active, **after}
        check_stays(person=person, by=by, role=str(wanted["role"]), is_active=bool(wanted["is_active"]))
        for name, value in after.items():
            setattr(person, name, value)
        check(person)
        person.save(update_fields=list(after))
        note_person_saved(person=person, before=before, after={name: getattr(person, name) for name in after})
    return person


def hold_administrators() -> None:
    """Until the end of the transaction nobody else changes people: else two administrators could demote each other."""
    list(Person.objects.select_for_update().filter(role=Role.ADMINISTRATOR).order_by("pk").values_list("pk"))


def check_stays(*, person: Person, by: Person | None, role: str, is_active: bool) -> None:
    """Raises ``Conflict`` if ``person``, as they are now, may not get this role, or be deactivated.

    Call ``hold_administrators`` before it.
    """
    stays = role == Role.ADMINISTRATOR and is_active
    if not stays and selectors.is_last_administrator(person=person):
        raise Conflict("This is the last administrator: make another one first.")
    if person == by and (role != person.role or not is_active):
        raise Conflict("Ask another administrator to change your own role, or to deactivate you.")


def note_person_saved(*, person: Person, before: Mapping[str, object], after: Mapping[str, object]) -> None:
    """Record a change of ``person``; with nothing before it, they are new. Who is not active any more is signed out."""
    if not person.is_active:
        end_other_sessions(person=person, current=None)
        _end_links(person)
    audit.record(
        action="person.change" if before else "person.create", target=person.username, before=before, after=after
    )


def note_password_change(*, person: Person, who: str | None = None) -> None:
    """Record it, and end the link with which ``person`` might choose another one."""
    _end_links(person)
    audit.record(action="person.password", target=person.username, who=who)


def remove_second_step(*, person_id: int, by: Person) -> Person:
    """Forget app, passkeys and recovery codes of whoever lost theirs. Raises ``NotFound``; ``Conflict`` for oneself."""
    person = selectors.person(person_id=person_id)
    with audit.refusals_told(action="second_step.remove", target=person.username), transaction.atomic():
        if person == by:
            raise Conflict("Change your own second step under “Security”.")
        steps = Authenticator.objects.select_for_update().filter(user=person).order_by("pk")
        types = [step.type for step in steps]
        if types:
            steps.delete()
            audit.record(action="second_step.remove", target=person.username, before={"types": types})
    return person


def _end_links(person: Person) -> None:
    SetupLink.objects.filter(person=person, used_at=None).delete()
