"""Making people, tokens and the set-up link."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now

from banguard.accounts import selectors
from banguard.accounts.models import Person, SetupLink, Token
from banguard.accounts.values import Role, Scope
from banguard.core.errors import InvalidInput, NotFound

TOKEN_PREFIX = "bg_"  # noqa: S105 - so that a leaked token is recognised as ours
SETUP_LINK_LIFETIME = timedelta(days=7)


@transaction.atomic
def create_token(
    *, name: str, scopes: Collection[str], days: int | None, created_by: Person | None
) -> tuple[Token, str]:
    """A new token, and its text, which is kept nowhere. ``scopes`` may be ``{"*"}`` for every one."""
    wanted = set(Scope) if set(scopes) == {"*"} else set(scopes)
    unknown = sorted(wanted - set(Scope))
    if unknown or not wanted:
        known = ", ".join(Scope)
        raise InvalidInput(f"The scopes of a token are some of: {known}.", unknown=unknown)
    if days is not None and not 1 <= days <= 3650:
        raise InvalidInput("A token is valid for 1 to 3650 days, or without an end.", days=days)
    text = TOKEN_PREFIX + secrets.token_urlsafe(32)
    made = Token(name=name.strip(), digest=selectors.digest_of(text), scopes=sorted(wanted), created_by=created_by)
    try:
        made.full_clean()
    except ValidationError as error:
        raise _unusable(error) from error
    made.expires_at = Now() + timedelta(days=days) if days else None
    made.save()
    made.refresh_from_db()
    return made, text


def revoke_token(*, token_id: int) -> None:
    Token.objects.filter(pk=selectors.token(token_id=token_id).pk, revoked_at=None).update(revoked_at=Now())


def note_token_use(*, token_id: int) -> None:
    """Record the last use, at most once a minute: a busy script must not write a row for each call."""
    stale = Now() - timedelta(minutes=1)
    Token.objects.filter(pk=token_id).exclude(last_used_at__gt=stale).update(last_used_at=Now())


@transaction.atomic
def create_setup_link() -> str | None:
    """The secret of a new set-up link, or None when somebody exists already. Earlier links end."""
    if not selectors.nobody_yet():
        return None
    SetupLink.objects.filter(used_at=None).delete()
    secret = secrets.token_urlsafe(32)
    SetupLink.objects.create(digest=selectors.digest_of(secret))
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
        raise _unusable(error, otherwise="password") from error
    person.set_password(password)
    person.save()
    return person


def _unusable(error: ValidationError, otherwise: str = "") -> InvalidInput:
    """The reasons as a sentence, and by field; ``otherwise`` names the field of reasons that name none."""
    fields = error.message_dict if hasattr(error, "error_dict") else {otherwise: error.messages}
    return InvalidInput(" ".join(error.messages), fields=fields)
