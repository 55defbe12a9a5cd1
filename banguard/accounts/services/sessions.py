"""Ending sessions. They also end by themselves when their person's password or role changes."""

from __future__ import annotations

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now
from django.http import HttpRequest

from banguard.accounts.models import Person
from banguard.accounts.services import audit
from banguard.core.errors import NotFound


def keep_session(*, request: HttpRequest) -> None:
    """Put the session of this request on its person's list."""
    UserSession.objects.create_from_request(request)


@transaction.atomic
def end_session(*, person: Person, session_id: int) -> None:
    """End one session of ``person``. Raises ``NotFound`` also for somebody else's."""
    found = UserSession.objects.filter(user=person, pk=session_id).first()
    if found is None:
        raise NotFound("There is no such session; it may have ended already.", id=session_id)
    found.end()
    audit.record(action="session.end", target=person.username, after={"ended": 1})


@transaction.atomic
def end_other_sessions(*, person: Person, current: str | None) -> int:
    """End every session of ``person`` but ``current``; returns how many."""
    others = list(UserSession.objects.filter(user=person).exclude(session_key=current))
    for session in others:
        session.end()
    if others:
        audit.record(action="session.end", target=person.username, after={"ended": len(others)})
    return len(others)


def forget_ended() -> int:
    """Delete the rows of sessions that expired, and take from people's lists what has no session; returns how many.

    Nobody else does: Django deletes a session when somebody signs out, and most just close their browser.
    """
    expired: int = Session.objects.filter(expire_date__lte=Now()).delete()[0]
    session = Session.objects.filter(session_key=OuterRef("session_key"))
    ended: int = UserSession.objects.filter(~Exists(session)).delete()[0]
    return expired + ended
