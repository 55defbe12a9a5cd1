"""What people and scripts are told when Django itself refuses or fails."""

from __future__ import annotations

import sys

from django.http import HttpRequest, HttpResponse

from banguard.core import http
from banguard.core.errors import CsrfFailed


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return http.told(request, http.refusal(400), 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return http.told(request, http.refusal(403), 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return http.told(request, http.refusal(404), 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Whatever failed outside a view too, as the session's database does."""
    error = http.foreseen(sys.exception()) or http.unexpected()
    return http.told(request, error, http.status_of(error))


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    return http.told(request, CsrfFailed("This page has waited too long, or was not ours. Go back and try again."), 403)
