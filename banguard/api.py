"""The JSON API: which router answers where, and how every error is told.

Each operation names its scope; one that does not asks for ``administer``. So nothing is open by omission.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

import structlog
from django.core.exceptions import SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from ninja.errors import AuthenticationError, HttpError, ValidationError

from banguard.accounts.api import router as audit
from banguard.accounts.auth import require
from banguard.accounts.values import Scope
from banguard.blocklists.api import router as blocklists
from banguard.config.api import router as config
from banguard.core import http
from banguard.core.document import Api
from banguard.core.errors import BanGuardError, CsrfFailed, InvalidInput
from banguard.history.api import router as history
from banguard.servers.api import router as servers
from banguard.web.api import router as telemetry

log = structlog.get_logger(__name__)


def _for_readers(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The API's description is for those who may read."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not any(door(request) for door in require(Scope.READ)):
            return http.answer(http.refusal(401))
        return view(request, *args, **kwargs)

    return guarded


# Words that the document shows in its examples and beside its parameters, by name.
EXAMPLES = {
    "confirm_within": 60,
    "max_bytes": 67_108_864,
    "max_lines": 5_000_000,
    "widest4": 8,
    "widest6": 19,
    "action": "ban",
    "address": "203.0.113.7",
    "addresses": "203.0.113.7",
    "asked_by": "anna",
    "asn": 64500,
    "ban_time": "10m",
    "country": "DE",
    "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "error_code": "feed_unreachable",
    "filter": "sshd",
    "find_time": "10m",
    "format": "plain",
    "holder": "guard1:4711",
    "http_status": 200,
    "jail": "sshd",
    "lift_reason": "expired",
    "lock": "collect",
    "network": "198.51.100.0/24",
    "schedule": "0 * * * *",
    "server": "local",
    "who": "anna",
    "target": "203.0.113.7",
    "url": "https://lists.example.org/drop.txt",
}
PARAMETERS = {
    "active": "Only bans that hold now, or only those that have ended.",
    "asn": "Only bans of this autonomous system, by its number.",
    "ban_id": "The id of a ban.",
    "cursor": "`next_cursor` or `previous_cursor` of an earlier answer.",
    "ip": "An address or a network.",
    "ignored_id": "The id of what is ignored.",
    "jail": "Only this jail.",
    "lines": "How many of its last lines each log is shown with.",
    "name": "The name of a jail.",
    "origin": "Only bans of this origin.",
    "since": "From this moment on.",
    "until": "Before this moment.",
    "server": "Only this server.",
    "limit": "How many, 1 to 100.",
    "path": "A file within Fail2ban's configuration folder, such as `filter.d/sshd.conf`.",
    "other_id": "The id of another revision of the same file.",
    "page_size": "How many rows a page has, 1 to 500.",
    "revision_id": "The id of a revision.",
    "run_id": "The id of an import.",
    "state": "Only those in this state.",
    "protected_id": "The id of a protected network.",
    "source_id": "The id of a source.",
    "trial_id": "The id of an enforcement that waits to be confirmed.",
}

api = Api(
    title="BanGuard",
    version="1",
    description="History, configuration and blocklists of Fail2ban. Docs/API.md says what holds for every operation.",
    auth=require(Scope.ADMINISTER),
    docs_url="/docs",
    docs_decorator=_for_readers,
    urls_namespace="api",
    examples=EXAMPLES,
    parameters=PARAMETERS,
)
api.add_router("", audit)
api.add_router("", history)
api.add_router("", config)
api.add_router("", servers)
api.add_router("/blocklists", blocklists)
api.add_router("", telemetry)


@api.exception_handler(BanGuardError)
def _ours(_request: HttpRequest, error: BanGuardError) -> HttpResponse:
    return http.answer(error)


@api.exception_handler(ValidationError)
def _validation(_request: HttpRequest, error: ValidationError) -> HttpResponse:
    fields = {_field(fault["loc"]): fault["msg"] for fault in error.errors}
    named = ", ".join(sorted(fields))
    return http.answer(InvalidInput(f"Some fields cannot be used: {named}.", fields=fields))


def _field(place: tuple[str | int, ...]) -> str:
    """``("body", "body", "addresses", 0)`` is ``addresses.0``: as the caller spelt it, not as we call the argument."""
    source, *names = place
    inside = names[1:] if source == "body" else names
    return ".".join(map(str, inside)) or str(source)


@api.exception_handler(AuthenticationError)
def _unauthenticated(_request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
    return http.answer(http.refusal(401))


@api.exception_handler(Http404)
def _not_found(_request: HttpRequest, _error: Http404) -> HttpResponse:
    return http.answer(http.refusal(404))


@api.exception_handler(HttpError)
def _http(_request: HttpRequest, error: HttpError) -> HttpResponse:
    if error.status_code == 403 and "CSRF" in str(error):
        return http.answer(CsrfFailed("The CSRF token is missing or wrong: send it as X-CSRFToken."))
    return http.answer(http.refusal(error.status_code), error.status_code)


@api.exception_handler(SuspiciousOperation)
def _suspicious(_request: HttpRequest, _error: SuspiciousOperation) -> HttpResponse:
    return http.answer(http.refusal(400))


@api.exception_handler(Exception)
def _unexpected(request: HttpRequest, error: Exception) -> HttpResponse:
    known = http.foreseen(error)
    if known:
        log.error("unavailable", path=request.path, reason=str(error).strip())
        return http.answer(known)
    log.error("unexpected_failure", path=request.path, exc_info=error)
    return http.answer(http.unexpected())
