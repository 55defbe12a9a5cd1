"""Which HTTP status each error has, and the one body that every error answers with."""

from __future__ import annotations

from typing import TypeVar

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string

from banguard.core import errors
from banguard.core.errors import BanGuardError

Answer = TypeVar("Answer", bound=HttpResponse)

# The nearest ancestor in this table decides.
STATUS_OF: dict[type[BanGuardError], int] = {
    errors.BanGuardError: 500,
    errors.BadRequest: 400,
    errors.InvalidInput: 422,
    errors.CursorInvalid: 400,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.MethodNotAllowed: 405,
    errors.RateLimited: 429,
    errors.Conflict: 409,
    errors.LockLost: 503,
    errors.Unavailable: 503,
    errors.Fail2banRefused: 502,
    errors.FirewallRefused: 502,
    errors.JailUnknown: 404,
    errors.FeedRefused: 422,
    errors.FeedTooSoon: 429,
}

# What a status means when nothing of ours raised it (the router's 404, a wrong verb, Django's own refusals).
FROM_STATUS: dict[int, BanGuardError] = {
    400: errors.BadRequest("The request cannot be read."),
    401: errors.Unauthenticated("Sign in, or send a token as `Authorization: Bearer TOKEN`."),
    403: errors.Forbidden("You may not do this."),
    404: errors.NotFound("There is nothing at this address."),
    405: errors.MethodNotAllowed("This address does not take that method."),
    429: errors.RateLimited("Too many requests. Wait a little."),
}


def status_of(error: BanGuardError) -> int:
    """The HTTP status of ``error``."""
    return next(STATUS_OF[kind] for kind in type(error).__mro__ if kind in STATUS_OF)


def refusal(status: int) -> BanGuardError:
    """What a bare ``status`` of somebody else means."""
    known = FROM_STATUS.get(status)
    if known:
        return known
    return errors.BadRequest("This request cannot be answered.") if status < 500 else unexpected()


def foreseen(error: BaseException | None) -> BanGuardError | None:
    """``error`` as one of ours, when it is, or is known to mean one."""
    if isinstance(error, BanGuardError):
        return error
    if isinstance(error, InterfaceError | OperationalError):
        return errors.Unavailable("The database does not answer. Try again soon.")
    return None


def body_of(error: BanGuardError, status: int) -> dict[str, object]:
    """``{"error_code", "message", "status", "details"}``: the contract for whatever went wrong."""
    return {"error_code": error.code, "message": error.message, "status": status, "details": error.details}


def answer(error: BanGuardError, status: int | None = None) -> JsonResponse:
    """``error`` as JSON, with its own status unless one is given."""
    code = status or status_of(error)
    return _with_retry_after(JsonResponse(body_of(error, code), status=code), error)


def told(request: HttpRequest, error: BanGuardError, status: int) -> HttpResponse:
    """``error`` as whoever asked can read it: JSON under ``/api/``, otherwise a page.

    The page is drawn without what the frame asks for (the session, the server's state), so that it stands when that
    is what failed. Of the request it takes only the look that its cookie names.
    """
    if is_api(request):
        return answer(error, status)
    context = {"error": error, "status": status, "reference": reference(), "request": request}
    return _with_retry_after(HttpResponse(render_to_string("error.html", context), status=status), error)


def _with_retry_after(response: Answer, error: BanGuardError) -> Answer:
    """With the seconds to wait, where the error tells them."""
    if "retry_after" in error.details:
        response.headers["Retry-After"] = str(error.details["retry_after"])
    return response


def reference() -> str:
    """The id of this request: it stands in every log line about it."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))


def unexpected() -> BanGuardError:
    """What is told of a failure nobody foresaw: where to find it in the log, and nothing else."""
    return BanGuardError("Something went wrong here. The log has it under this reference.", reference=reference())


def is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/")
