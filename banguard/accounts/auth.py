"""The question at every door: who is calling, and do they have the scope?

For the API, ``require(scope)`` is the ``auth`` of an operation; for a page, ``@allowed(scope)`` stands on
the view. Whatever declares neither asks for ``administer``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Concatenate, ParamSpec

import structlog
from allauth.account.decorators import reauthentication_required
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed, authenticator_added, authenticator_removed, authenticator_reset
from django.conf import settings
from django.contrib.auth import user_logged_in, user_logged_out, user_login_failed
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.dispatch import Signal, receiver
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from ninja.security import APIKeyCookie, HttpBearer
from prometheus_client import Counter

from banguard.accounts import selectors, services
from banguard.accounts.models import Person
from banguard.accounts.values import NOBODY, Caller, Outcome, Scope
from banguard.core import networks
from banguard.core.errors import Forbidden, Unauthenticated

P = ParamSpec("P")
STRANGERS_A_MINUTE = 5
SIGN_INS = Counter("banguard_sign_ins_total", "Tries to sign in, by step and outcome.", ["step", "outcome"])
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def _checked(request: HttpRequest, caller: Caller, scope: Scope) -> Caller:
    structlog.contextvars.bind_contextvars(caller=caller.name, person_id=caller.person_id, token_id=caller.token_id)
    if not caller.may(scope):
        services.record(action="refused", target=scope, outcome=Outcome.REFUSED, detail=_asked(request))
        raise Forbidden(f"This needs the scope “{scope}”.", scope=scope)
    return caller


def _asked(request: HttpRequest) -> str:
    return f"{request.method} {request.path}"


def _note_stranger(request: HttpRequest) -> None:
    """Record who tries tokens; only a few a minute of each origin, so that nobody can fill the trail."""
    if services.is_among_first(STRANGERS_A_MINUTE, key=f"stranger:{networks.origin_of(request.META['REMOTE_ADDR'])}"):
        services.record(action="refused", target="token", outcome=Outcome.REFUSED, detail=_asked(request), who=NOBODY)


class BearerToken(HttpBearer):
    """``Authorization: Bearer TOKEN``, a token made with ``manage.py create_api_token``."""

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> Caller:
        try:
            found = selectors.valid_token(token=token)
        except Unauthenticated:
            _note_stranger(request)
            raise
        services.note_token_use(token=found)
        caller = selectors.caller_of_token(token=found)
        services.spend(caller=caller)
        return _checked(request, caller, self.scope)


class BrowserSession(APIKeyCookie):
    """A signed-in browser; a change also needs the CSRF token in ``X-CSRFToken``."""

    param_name = settings.SESSION_COOKIE_NAME

    def __init__(self, scope: Scope) -> None:
        super().__init__(csrf=True)
        self.scope = scope

    def __call__(self, request: HttpRequest) -> Caller | None:
        # Without a session there is nothing that a forged request could use: ask who is there, not for a CSRF token.
        return super().__call__(request) if self.param_name in request.COOKIES else None

    def authenticate(self, request: HttpRequest, key: str | None) -> Caller | None:
        if not isinstance(request.user, Person):
            return None
        caller = selectors.caller_of_person(person=request.user)
        services.spend(caller=caller)
        return _checked(request, caller, self.scope)


def require(scope: Scope) -> list[Callable[[HttpRequest], object]]:
    """The ``auth`` of an API operation: a token or a session that has ``scope``."""
    return [BearerToken(scope), BrowserSession(scope)]


def caller_of(request: HttpRequest) -> Caller:
    """Who makes this request, once a door has let them in."""
    known = getattr(request, "auth", None)
    if isinstance(known, Caller):
        return known
    if isinstance(request.user, AnonymousUser):
        raise Unauthenticated("Sign in first.")
    return selectors.caller_of_person(person=request.user)


def signed_in(request: HttpRequest) -> Person:
    """The person of this session. Raises ``Unauthenticated``; a token is nobody here."""
    if not isinstance(request.user, Person):
        raise Unauthenticated("Sign in first.")
    return request.user


def demand(request: HttpRequest, scope: Scope) -> Caller:
    """Who makes this request. Raises ``Unauthenticated`` or ``Forbidden`` when they may not."""
    return _checked(request, caller_of(request), scope)


def allowed(scope: Scope) -> Callable[[View[P]], View[P]]:
    """A page for people who have ``scope``; others see why not."""

    def guard(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            demand(request, scope)
            return view(request, *args, **kwargs)

        return guarded

    return guard


def confirmed(view: View[P]) -> View[P]:
    """A page whose changes ask again who is there, unless they said so within five minutes: allauth's question."""
    asking: View[P] = reauthentication_required(view, allow_get=True)
    return asking


@login_not_required
def admin_sign_in(request: HttpRequest, extra_context: object = None) -> HttpResponse:
    """The Django admin has no door of its own: strangers sign in as everywhere, others see why they may not."""
    if request.user.is_authenticated:
        demand(request, Scope.ADMINISTER)
    return redirect(f"{reverse('sign-in')}?{request.GET.urlencode()}")


@receiver(user_logged_in)
def _note_sign_in(sender: object, request: HttpRequest, user: Person, **_: object) -> None:
    SIGN_INS.labels("password", "done").inc()
    services.record(action="sign_in", target=user.username, who=user.username)


@receiver(user_login_failed)
def _note_failed_sign_in(sender: object, credentials: Mapping[str, object], **_: object) -> None:
    SIGN_INS.labels("password", "failed").inc()
    named = credentials.get("username", "")
    services.record(action="sign_in", target=named, outcome=Outcome.REFUSED, who=NOBODY)


@receiver(user_logged_out)
def _note_sign_out(sender: object, user: Person | None, **_: object) -> None:
    if user:
        services.record(action="sign_out", target=user.username, who=user.username)


@receiver(authenticator_added)
@receiver(authenticator_reset)
@receiver(authenticator_removed)
def _note_second_step(signal: Signal, user: Person, authenticator: Authenticator, **_: object) -> None:
    action = {authenticator_added: "add", authenticator_reset: "renew", authenticator_removed: "remove"}[signal]
    services.record(action=f"second_step.{action}", target=user.username, after={"type": authenticator.type})


@receiver(authentication_failed)
def _note_failed_second_step(user: Person, authenticator: Authenticator, **_: object) -> None:
    SIGN_INS.labels("second", "failed").inc()
    services.record(
        action="second_step", target=user.username, outcome=Outcome.REFUSED, detail=authenticator.type, who=NOBODY
    )
