"""What people and scripts are told when Django itself refuses or fails."""

from __future__ import annotations

import structlog
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from banguard.core import http
from banguard.core.errors import BanGuardError


def _told(request: HttpRequest, error: BanGuardError, status: int) -> HttpResponse:
    if http.is_api(request):
        return http.answer(error, status)
    return render(request, "error.html", {"error": error, "status": status}, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _told(request, http.FROM_STATUS[400], 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _told(request, http.FROM_STATUS[403], 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _told(request, http.FROM_STATUS[404], 404)


def server_error(request: HttpRequest) -> HttpResponse:
    reference = str(structlog.contextvars.get_contextvars().get("request_id", ""))
    return _told(request, http.unexpected(reference), 500)
