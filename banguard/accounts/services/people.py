"""Making people, the first one by a link that opens once."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now

from banguard.accounts import selectors
from banguard.accounts.models import Person, SetupLink
from banguard.accounts.services import audit
from banguard.accounts.services.refusals import unusable
from banguard.accounts.values import Role
from banguard.core.errors import NotFound

SETUP_LINK_LIFETIME = timedelta(days=7)


@transaction.atomic
def create_setup_link() -> str | None:
    """The secret of a new set-up link, or None when somebody exists already. Earlier links end."""
    if not selectors.nobody_yet():
        return None
    SetupLink.objects.filter(used_at=None).delete()
    secret = secrets.token_urlsafe(32)
    SetupLink.objects.create(digest=selectors.digest_of(secret))
    audit.record(action="setup_link.create")
    return secret


def check_setup_link(*, secret: str) -> SetupLink:
    """The unused link of this secret. Raises ``NotFound`` when it is used, too old, or never was."""
    if not selectors.nobody_yet():
        raise NotFound("BanGuard is set up already. Sign in, or ask an administrator to let you in.")
    fresh = Now() - SETUP_LINK_LIFETIME
    link = SetupLink.objects.filter(digest=selectors.digest_of(secret), used_at=None, created_at__gt=fresh).first()
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
    return create_person(username=username, password=password, role=Role.ADMINISTRATOR)


def create_person(*, username: str, password: str, role: Role) -> Person:
    """Somebody new. Raises ``InvalidInput`` with the reasons when the name or the password will not do."""
    person = Person(username=username, role=role)
    try:
        person.full_clean(exclude=["password"])
        validate_password(password, person)
    except ValidationError as error:
        raise unusable(error, otherwise="password") from error
    person.set_password(password)
    with transaction.atomic():
        person.save()
        audit.record(action="person.create", target=person.username, after={"role": role})
    return person


def note_person_saved(*, person: Person, before: Mapping[str, object], after: Mapping[str, object]) -> None:
    """Record a change of ``person`` that was made elsewhere; with nothing before it, they are new."""
    audit.record(
        action="person.change" if before else "person.create", target=person.username, before=before, after=after
    )


def note_password_change(*, person: Person) -> None:
    audit.record(action="person.password", target=person.username)
