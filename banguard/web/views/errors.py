"""What people and scripts are told when Django itself refuses or fails."""

from __future__ import annotations

import structlog
from django.http import HttpRequest, HttpResponse

from banguard.core import http
from banguard.core.errors import CsrfFailed


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return http.told(request, http.FROM_STATUS[400], 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return http.told(request, http.FROM_STATUS[403], 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return http.told(request, http.FROM_STATUS[404], 404)


def server_error(request: HttpRequest) -> HttpResponse:
    reference = str(structlog.contextvars.get_contextvars().get("request_id", ""))
    return http.told(request, http.unexpected(reference), 500)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    return http.told(request, CsrfFailed("This page has waited too long, or was not ours. Go back and try again."), 403)
