"""``/metrics``: Prometheus text, for ``BANGUARD_METRICS_TOKEN`` or whoever may read."""

from __future__ import annotations

import ipaddress
import secrets

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from banguard.accounts.auth import require
from banguard.accounts.values import Scope
from banguard.core import http
from banguard.core.errors import BanGuardError
from banguard.core.metrics import exposition
from banguard.web.readings import readings


@require_safe
@never_cache
@login_not_required
def metrics(request: HttpRequest) -> HttpResponse:
    try:
        known = _may_scrape(request)
    except BanGuardError as error:
        return http.answer(error)
    if not known:
        return http.answer(http.refusal(401))
    return HttpResponse(exposition(readings()), content_type=CONTENT_TYPE_LATEST)


def _may_scrape(request: HttpRequest) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    expected = settings.METRICS_TOKEN
    if expected and scheme == "Bearer" and secrets.compare_digest(token.encode(), expected.encode()):
        return True
    if _is_allowed_network(request.META.get("REMOTE_ADDR", "")):
        return True
    return any(door(request) for door in require(Scope.READ))


def _is_allowed_network(sender: str) -> bool:
    """``sender`` is whom a proxy that we know speaks for, if there is one; empty on a Unix socket."""
    if not sender or not settings.METRICS_ALLOWED_NETWORKS:
        return False
    address = ipaddress.ip_address(sender)
    return any(address in network for network in settings.METRICS_ALLOWED_NETWORKS)
