"""Who is calling, and who is there."""

from __future__ import annotations

import hashlib

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from banguard.accounts.models import Person, Token
from banguard.accounts.values import EVERY_SCOPE, Caller, Role, Scope
from banguard.core.errors import NotFound, Unauthenticated


def digest_of(secret: str) -> str:
    """What is stored of a token or a link. They carry 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def caller_of_token(*, token: str) -> Caller:
    """The caller a token stands for. Raises ``Unauthenticated`` if it is unknown, revoked or over."""
    found = (
        Token.objects.filter(Q(expires_at=None) | Q(expires_at__gt=Now()), digest=digest_of(token), revoked_at=None)
        .select_related("created_by")
        .first()
    )
    if found is None or (found.created_by and not found.created_by.is_active):
        raise Unauthenticated("This token is unknown, revoked or no longer valid.")
    # A token never outlives its maker's rights: a demotion takes its scopes along.
    allowed = found.created_by.scopes if found.created_by else EVERY_SCOPE
    scopes = frozenset(Scope(name) for name in found.scopes) & allowed
    return Caller(name=f"token {found.name}", person_id=found.created_by_id, token_id=found.pk, scopes=scopes)


def caller_of_person(*, person: Person) -> Caller:
    return Caller(name=person.username, person_id=person.pk, token_id=None, scopes=person.scopes)


def nobody_yet() -> bool:
    """Whether the first administrator has still to be made."""
    return not Person.objects.exists()


def is_last_administrator(*, person: Person) -> bool:
    """Whether nobody could administer without ``person``."""
    others = Person.objects.filter(role=Role.ADMINISTRATOR, is_active=True).exclude(pk=person.pk)
    return person.role == Role.ADMINISTRATOR and person.is_active and not others.exists()


def tokens() -> QuerySet[Token]:
    """Every token, newest first, with who made it."""
    return Token.objects.select_related("created_by").order_by("-id")


def token(*, token_id: int) -> Token:
    found = tokens().filter(pk=token_id).first()
    if found is None:
        raise NotFound("There is no such token.", id=token_id)
    return found
