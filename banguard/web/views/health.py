"""``/health/live`` and ``/health/ready``: for machines, without a session, cheap."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.db import Error as DatabaseError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from banguard.web import readiness


@require_safe
@never_cache
@login_not_required
def live(_request: HttpRequest) -> JsonResponse:
    """This process answers."""
    return JsonResponse({"status": "live"})


@require_safe
@never_cache
@login_not_required
def ready(_request: HttpRequest) -> JsonResponse:
    """Each part and how it is. 503 only without the database or its tables, since nothing works then."""
    try:
        parts = readiness.parts()
    except DatabaseError:
        return JsonResponse({"status": "unavailable", "parts": {"database": {"ok": False}}}, status=503)
    if readiness.is_useless(parts):
        return JsonResponse({"status": "unavailable", "parts": parts}, status=503)
    ok = all(part["ok"] for part in parts.values())
    return JsonResponse({"status": "ready" if ok else "degraded", "parts": parts})
