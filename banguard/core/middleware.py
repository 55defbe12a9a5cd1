"""Rules for every request: nobody enters without signing in, every error has the one shape, pages are sent compressed,
and what has not changed is not sent again."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import structlog
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.middleware.http import ConditionalGetMiddleware
from django.utils.cache import patch_cache_control, patch_vary_headers

from banguard.core import http

log = structlog.get_logger(__name__)

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class WellFormedRequestId:
    """Drops an ``X-Request-ID`` that is none, so that a new one is made: it goes into every line of the log."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not REQUEST_ID.fullmatch(request.META.get("HTTP_X_REQUEST_ID", "")):
            request.META.pop("HTTP_X_REQUEST_ID", None)
        return self.get_response(request)


class SignInRequired(LoginRequiredMiddleware):
    """Every page asks for a session; ``/api/`` answers for itself, since it also takes tokens."""

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., HttpResponseBase],
        view_args: tuple[Any, ...],
        view_kwargs: dict[str, Any],
    ) -> HttpResponseBase | None:
        # Asked before the session is: a probe must be answered without a database, whatever cookie it brings.
        if http.is_api(request) or not getattr(view_func, "login_required", True):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)


class ErrorShape:
    """Gives a raised ``BanGuardError`` its answer, and every refusal the one shape: JSON under ``/api/``, else a page.

    The API's own handlers answer what its operations raise; what arrives here was raised by a page, or
    is a refusal that never reached an operation: an unknown address, a wrong method, a missing CSRF token.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code >= 400 and not _is_told(request, response):
            response = self._shaped(request, response)
        response.headers["X-Request-ID"] = http.reference()
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        error = http.foreseen(exception)
        if error is None:
            return None  # Django logs it and shows the page for 500
        status = http.status_of(error)
        log.info("request_refused", error_code=error.code, status=status, message=str(exception))
        return http.told(request, error, status)

    @staticmethod
    def _shaped(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        answer = http.told(request, http.refusal(response.status_code), response.status_code)
        for name in ("Allow", "Retry-After"):
            if name in response.headers:
                answer.headers[name] = response.headers[name]
        return answer


def _is_told(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Whether it says what went wrong already: a page with words on it, or JSON."""
    if http.is_api(request):
        return response.headers.get("Content-Type", "").startswith("application/json")
    return response.streaming or bool(getattr(response, "content", b""))


class CompressPages(GZipMiddleware):
    """Pages take an eighth of the wire. Only pages: what the API and exports send has no reader who waits to see it.

    Against guesses at a secret by the length of an answer that repeats them (BREACH), Django adds a random length, and
    its CSRF token is another one each time.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.streaming or not response.headers.get("Content-Type", "").startswith("text/html"):
            return response
        return super().process_response(request, response)


class ConditionalApi(ConditionalGetMiddleware):
    """An ``ETag`` on whatever the API is asked for, and 304 without a body to those who have it already."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if not http.is_api(request):
            return response
        patch_vary_headers(response, ("Authorization", "Cookie"))
        patch_cache_control(response, private=True, no_cache=True)
        return super().process_response(request, response)
