"""Two rules for every request: nobody enters without signing in, and every error has the one shape."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponseBase

from banguard.core import http
from banguard.core.errors import BanGuardError

log = structlog.get_logger(__name__)


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
    """Gives a raised ``BanGuardError`` its answer, and every refusal under ``/api/`` the one JSON shape.

    The API's own handlers answer what its operations raise; what arrives here was raised by a page, or
    is a refusal that never reached an operation: an unknown address, a wrong method, a missing CSRF token.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code < 400 or not http.is_api(request):
            return response
        if response.headers.get("Content-Type", "").startswith("application/json"):
            return response
        return self._shaped(response)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        if not isinstance(exception, BanGuardError):
            return None  # Django logs it and shows the page for 500
        status = http.status_of(exception)
        log.info("request_refused", error_code=exception.code, status=status, message=exception.message)
        return http.told(request, exception, status)

    @staticmethod
    def _shaped(response: HttpResponseBase) -> HttpResponseBase:
        error = http.FROM_STATUS.get(response.status_code, BanGuardError("Something went wrong here."))
        answer = http.answer(error, response.status_code)
        for name in ("Allow", "Retry-After"):
            if name in response.headers:
                answer.headers[name] = response.headers[name]
        return answer
