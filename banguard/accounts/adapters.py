"""What we ask of allauth that its settings cannot say: who is throttled together, and that nobody signs up."""

from __future__ import annotations

import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from banguard.accounts import services
from banguard.core import networks
from banguard.core.keys import CountingTimestampSigner

DEVICE_COOKIE = "banguard_device"
DEVICE_SALT = "banguard.device.1"
DEVICE_DAYS = 365
STRANGERS_A_MINUTE = 30  # tries of one account from browsers that never signed in to it, all addresses together


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Local accounts by username.

    Failed sign-ins are counted per account *and* origin: an attacker fills the count of where they come from, not
    that of the person. A browser that has signed in to the account before shows a signed cookie and has a count of
    its own, so that it gets in whatever others try (https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies).
    """

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return request.META.get("REMOTE_ADDR") or "0.0.0.0"  # noqa: S104 - nobody's: through a Unix socket

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        super().pre_authenticate(request, **credentials)
        username = _named(credentials)
        if _device_of(request, username):
            return
        digest = hashlib.sha256(username.encode()).hexdigest()[:32]
        if not services.is_among_first(STRANGERS_A_MINUTE, key=f"sign-in:{digest}"):
            raise self.validation_error("too_many_login_attempts")

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **options: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **options)
        remember_device(response, user.get_username())
        return response

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Only what went wrong: that somebody signed in or out they see themselves."""
        level = args[1] if len(args) > 1 else kwargs.get("level", 0)
        if level >= 30 or "mfa/" in str(kwargs.get("message_template", args[2] if len(args) > 2 else "")):
            super().add_message(*args, **kwargs)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        username = _named(credentials)
        return f"{username}:{_device_of(request, username) or networks.origin_of(self.get_client_ip(request))}"


def remember_device(response: HttpResponse, username: str) -> None:
    """Let this browser try again even while others are made to wait."""
    response.set_cookie(
        DEVICE_COOKIE,
        signing.dumps(_account(username), salt=DEVICE_SALT),
        max_age=DEVICE_DAYS * 86_400,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
        path=settings.SESSION_COOKIE_PATH,  # below a prefix, a neighbour on the same host does not get it
    )


def _named(credentials: dict[str, Any]) -> str:
    return str(credentials.get("username", "")).strip().lower()[:150]


def _account(username: str) -> str:
    return salted_hmac(DEVICE_SALT, username.lower(), secret="account").hexdigest()[:32]  # noqa: S106 - it hides nothing


def _device_of(request: HttpRequest, username: str) -> str | None:
    """The browser's cookie if it was given for this account."""
    cookie = request.COOKIES.get(DEVICE_COOKIE, "")
    try:
        account = CountingTimestampSigner(salt=DEVICE_SALT).unsign_object(cookie, max_age=DEVICE_DAYS * 86_400)
    except (signing.BadSignature, ValueError):
        return None
    return cookie if account == _account(username) else None
