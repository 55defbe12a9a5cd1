"""Who is calling, who is there, and what was done."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Now
from django.forms import model_to_dict

from banguard.accounts import chain
from banguard.accounts.models import AuditHead, AuditRecord, Person, SetupLink, Token
from banguard.accounts.values import EVERY_SCOPE, LINK_LIFETIME, Caller, Outcome, Role, Scope, Verified
from banguard.core.errors import NotFound, Unauthenticated
from banguard.core.pagination import Order, Page, page_of

LAST_RECORD_FIRST = Order(("number",))
BY_NAME = Order(("username",), descending=False)


def digest_of(secret: str) -> str:
    """What is stored of a token or a link. They carry 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def valid_token(*, token: str) -> Token:
    """The token of this text, with its maker. Raises ``Unauthenticated`` if it is unknown, revoked or over."""
    valid = Q(expires_at=None) | Q(expires_at__gt=Now())
    maker_stays = Q(created_by=None) | Q(created_by__is_active=True)
    rows = Token.objects.filter(valid, maker_stays, digest=digest_of(token), revoked_at=None)
    found = rows.select_related("created_by").first()
    if found is None:
        raise Unauthenticated("This token is unknown, revoked or no longer valid.")
    return found


def caller_of_token(*, token: Token) -> Caller:
    """The caller a token stands for."""
    # A token never outlives its maker's rights: a demotion takes its scopes along.
    allowed = token.created_by.scopes if token.created_by else EVERY_SCOPE
    scopes = frozenset(Scope(name) for name in token.scopes) & allowed
    return Caller(name=f"token {token.name}", person_id=token.created_by_id, token_id=token.pk, scopes=scopes)


def caller_of_person(*, person: Person) -> Caller:
    return Caller(name=person.username, person_id=person.pk, token_id=None, scopes=person.scopes)


def nobody_yet() -> bool:
    """Whether the first administrator has still to be made."""
    return not Person.objects.exists()


def is_last_administrator(*, person: Person) -> bool:
    """Whether nobody could administer without ``person``."""
    others = Person.objects.filter(role=Role.ADMINISTRATOR, is_active=True).exclude(pk=person.pk)
    return person.role == Role.ADMINISTRATOR and person.is_active and not others.exists()


def person(*, person_id: int | str) -> Person:
    found = Person.objects.filter(pk=person_id).first()
    if found is None:
        raise NotFound("There is no such person.", id=str(person_id))
    return found


def people(*, text: str | None = None) -> QuerySet[Person]:
    """Everybody, or those with ``text`` in a name or the e-mail address; each with ``second_step_since``, or None."""
    steps = _second_steps().filter(user=OuterRef("pk"))
    rows = Person.objects.annotate(second_step_since=Subquery(steps.order_by("created_at").values("created_at")[:1]))
    return rows if text is None else rows.filter(_holds(text, "username", "first_name", "last_name", "email"))


def _holds(text: str, *places: str) -> Q:
    """``text`` stands in one of these columns, in whatever case."""
    return reduce(or_, (Q(**{f"{place}__icontains": text}) for place in places))


def people_page(*, text: str | None, cursor: str | None, page_size: int) -> Page[Person]:
    """One page, by name. Raises ``CursorInvalid``."""
    return page_of(people(text=text), order=BY_NAME, filters={"text": text}, cursor=cursor, page_size=page_size)


def second_steps(*, person: Person) -> list[Authenticator]:
    """What is asked of ``person`` besides the password, oldest first."""
    return list(_second_steps().filter(user=person).order_by("pk"))


def _second_steps() -> QuerySet[Authenticator]:
    """Without recovery codes, which are for when a second step is lost."""
    steps: QuerySet[Authenticator] = Authenticator.objects.exclude(type=Authenticator.Type.RECOVERY_CODES)
    return steps


def provider_links(*, person: Person) -> list[SocialAccount]:
    """As whom ``person`` is known at an OpenID provider."""
    return list(SocialAccount.objects.filter(user=person).order_by("pk"))


def unused_links() -> QuerySet[SetupLink]:
    """Those that still open."""
    return SetupLink.objects.filter(used_at=None, created_at__gt=Now() - LINK_LIFETIME)


def waiting_link(*, person: Person) -> SetupLink | None:
    """The link behind which ``person`` may still choose a password."""
    return unused_links().filter(person=person).first()


def sessions(*, person: Person, current: str | None) -> list[UserSession]:
    """Where ``person`` is signed in, newest first, each with ``current``. Two queries.

    What is listed is only read: to let allauth look would renew a session of a previous key under another
    browser's feet, and so sign it out.
    """
    listed = UserSession.objects.filter(user=person).order_by("-created_at")
    hashes = {person.get_session_auth_hash(), *person.get_session_auth_fallback_hash()}
    rows = Session.objects.filter(session_key__in=listed.values("session_key"), expire_date__gt=Now())
    alive = {row.session_key for row in rows if row.get_decoded().get(HASH_SESSION_KEY) in hashes}
    found = [session for session in listed if session.session_key in {*alive, current}]
    for session in found:
        session.current = session.session_key == current
    return found


def sign_in_addresses(*, within: timedelta) -> list[str]:
    """Where our people are: every address with a session, or that somebody signed in from of late. Two queries.

    Sessions that ended, or whose person may not come in any more, protect nothing: else an address that one of us
    ever had could never be blocked again, whoever has it now.
    """
    of_late = AuditRecord.objects.filter(
        action="sign_in", outcome=Outcome.DONE, address__isnull=False, at__gte=Now() - within
    )
    signed_in = of_late.order_by().values_list("address", flat=True).distinct()
    alive = Session.objects.filter(expire_date__gt=Now()).values("session_key")
    signed_on = UserSession.objects.filter(user__is_active=True, session_key__in=alive).values_list("ip", flat=True)
    return sorted({*signed_on, *signed_in})


def tokens(*, made_by: Person | None = None) -> QuerySet[Token]:
    """Every token, or those of one person, newest first, with who made it."""
    rows = Token.objects.select_related("created_by").order_by("-id")
    return rows.filter(created_by=made_by) if made_by else rows


def token(*, token_id: int) -> Token:
    found = tokens().filter(pk=token_id).first()
    if found is None:
        raise NotFound("There is no such token.", id=token_id)
    return found


@dataclass(frozen=True)
class AuditSearch:
    """What the audit trail is narrowed to. ``text`` is looked for in who, target, detail and request id.

    ``who`` is the whole name of a person, or ``token NAME``.
    """

    text: str | None = None
    action: str | None = None
    outcome: Outcome | None = None
    address: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    who: str | None = None

    @property
    def chosen(self) -> dict[str, object]:
        return {name: value for name, value in asdict(self).items() if value is not None}


def audit(*, search: AuditSearch) -> QuerySet[AuditRecord]:
    """Records that fit, unordered."""
    rows = AuditRecord.objects.all()
    if search.text is not None:
        rows = rows.filter(_holds(search.text, "who", "target", "detail", "request_id"))
    exact = {"action": search.action, "outcome": search.outcome, "address": search.address, "who": search.who}
    between = {"at__gte": search.since, "at__lte": search.until}
    return rows.filter(**{name: value for name, value in {**exact, **between}.items() if value is not None})


def audit_page(*, search: AuditSearch, cursor: str | None, page_size: int) -> Page[AuditRecord]:
    """One page, newest first. Raises ``CursorInvalid``."""
    return page_of(
        audit(search=search), order=LAST_RECORD_FIRST, filters=search.chosen, cursor=cursor, page_size=page_size
    )


def audit_actions() -> list[str]:
    """Every action there is a record of."""
    return sorted(AuditRecord.objects.order_by().values_list("action", flat=True).distinct())


def audit_lines(*, search: AuditSearch) -> Iterator[str]:
    """Every record that fits as one line of JSON, oldest first, read in batches."""
    for record in audit(search=search).order_by("number").iterator(chunk_size=1_000):
        yield json.dumps(model_to_dict(record) | {"at": record.at.isoformat()}, ensure_ascii=False) + "\n"


def verify_audit(*, expected: str | None = None) -> Verified:
    """Whether the audit trail is whole. ``expected``: a hash noted earlier, which it must still contain."""
    head = AuditHead.objects.filter(pk=1).values_list("number", "hash").first() or (0, "")
    records = AuditRecord.objects.filter(number__lte=head[0]).order_by("number").iterator(chunk_size=1_000)
    return chain.verify(records, head=head, expected=expected)
