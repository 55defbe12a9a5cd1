"""Links that open once: the first administrator is made behind one, and people choose their password behind theirs."""

from __future__ import annotations

import secrets

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from banguard.accounts import selectors
from banguard.accounts.models import Person, SetupLink
from banguard.accounts.services import audit, people
from banguard.accounts.services.sessions import end_other_sessions
from banguard.accounts.values import Role
from banguard.core.errors import Conflict, NotFound


@transaction.atomic
def create_setup_link() -> str | None:
    """The secret of a new set-up link, or None when somebody exists already. Earlier links end."""
    if not selectors.nobody_yet():
        return None
    secret = _linked(None)
    audit.record(action="setup_link.create")
    return secret


def check_setup_link(*, secret: str) -> SetupLink:
    """The unused link of this secret. Raises ``NotFound`` when it is used, too old, or never was."""
    if not selectors.nobody_yet():
        raise NotFound("BanGuard is set up already. Sign in, or ask an administrator to let you in.")
    link = _unused(secret).filter(person=None).first()
    if link is None:
        raise NotFound("This set-up link is not the newest, or is too old. `manage.py setup_link` prints a new one.")
    return link


@transaction.atomic
def set_up(*, secret: str, username: str, password: str) -> Person:
    """The first administrator, made once: two people with the same link cannot both succeed."""
    # Whoever holds the rows decides alone; those who waited then find that somebody exists.
    list(SetupLink.objects.select_for_update().order_by("pk"))
    link = check_setup_link(secret=secret)
    SetupLink.objects.filter(pk=link.pk).update(used_at=Now())
    return people.create_person(username=username, password=password, role=Role.ADMINISTRATOR)


@transaction.atomic
def add_person(*, username: str, role: str, **details: str) -> tuple[Person, str]:
    """Somebody new, and the secret of the link behind which they choose their password.

    ``details``: first and last name, and e-mail address. Raises ``InvalidInput`` with the reasons.
    """
    people.hold_administrators()  # two with one name, added at the same moment, come one after the other
    made = Person(username=username, role=role, **details)
    made.set_unusable_password()
    people.check(made)
    made.save()
    secret = _linked(made)
    told = {name: value for name, value in details.items() if value}
    people.note_person_saved(person=made, before={}, after={"role": made.role, **told})
    return made, secret


def reset_password(*, person_id: int, by: Person) -> tuple[Person, str]:
    """Take somebody's password and sessions away; the secret of the link behind which they choose another one.

    Raises ``NotFound``, and ``Conflict`` for oneself and whoever is not active.
    """
    named = selectors.person(person_id=person_id)
    with audit.refusals_told(action="person.password_link", target=named.username), transaction.atomic():
        person = Person.objects.select_for_update().get(pk=named.pk)
        if person == by:
            raise Conflict("Change your own password under “Password”.")
        if not person.is_active:
            raise Conflict("This person is deactivated: let them in again first.")
        person.set_unusable_password()
        person.save(update_fields=["password"])
        end_other_sessions(person=person, current=None)
        secret = _linked(person)
        audit.record(action="person.password_link", target=person.username)
    return person, secret


def welcome(*, secret: str) -> Person:
    """Who may choose a password behind this link. Raises ``NotFound`` when it is used, too old, or never was."""
    person = Person.objects.filter(links__in=_unused(secret), is_active=True).first()
    if person is None:
        raise NotFound("This link was used already, or is too old. Ask an administrator for another one.")
    return person


@transaction.atomic
def choose_password(*, secret: str, password: str) -> Person:
    """Whoever has the link chooses the password of its person, once. Raises ``NotFound`` or ``InvalidInput``."""
    # Whoever comes at the same time waits here, and then finds the link used.
    list(SetupLink.objects.select_for_update().filter(digest=selectors.digest_of(secret)))
    person = welcome(secret=secret)
    people.check_password(person, password)
    SetupLink.objects.filter(digest=selectors.digest_of(secret)).update(used_at=Now())
    person.set_password(password)
    person.save(update_fields=["password"])
    people.note_password_change(person=person, who=person.username)
    return person


def _linked(person: Person | None) -> str:
    """The secret of a new link; earlier ones of the same person end."""
    SetupLink.objects.filter(person=person, used_at=None).delete()
    secret = secrets.token_urlsafe(32)
    SetupLink.objects.create(digest=selectors.digest_of(secret), person=person)
    return secret


def _unused(secret: str) -> QuerySet[SetupLink]:
    return selectors.unused_links().filter(digest=selectors.digest_of(secret))
