"""The keys of scripts."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from banguard.accounts import selectors
from banguard.accounts.models import Person, Token
from banguard.accounts.services import audit
from banguard.accounts.services.refusals import unusable
from banguard.accounts.values import Scope
from banguard.core.errors import InvalidInput

TOKEN_PREFIX = "bg_"  # noqa: S105 - so that a leaked token is recognised as ours


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
        raise unusable(error) from error
    made.expires_at = Now() + timedelta(days=days) if days else None
    made.save()
    made.refresh_from_db()
    audit.record(action="token.create", target=made.name, after={"scopes": made.scopes, "days": days})
    return made, text


@transaction.atomic
def revoke_token(*, token_id: int) -> None:
    found = selectors.token(token_id=token_id)
    if Token.objects.filter(pk=found.pk, revoked_at=None).update(revoked_at=Now()):
        audit.record(action="token.revoke", target=found.name)


def note_token_use(*, token: Token) -> None:
    """Record the last use, at most once a minute: a busy script must not write a row for each call."""
    stale = timezone.now() - timedelta(minutes=1)
    if not token.last_used_at or token.last_used_at < stale:
        Token.objects.filter(pk=token.pk).update(last_used_at=Now())
