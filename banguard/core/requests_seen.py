"""What requests count: by method, route and class of status, never by path, address or person.

So the number of series is bounded by the number of routes, whatever strangers ask for.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import ResolverMatch
from prometheus_client import Counter, Gauge, Histogram

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

REQUESTS = Counter("banguard_http_requests_total", "Requests that were answered.", ["method", "route", "status"])
SECONDS = Histogram(
    "banguard_http_request_seconds",
    "How long answers took.",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
IN_FLIGHT = Gauge("banguard_http_requests_in_flight", "Requests that are being answered.", multiprocess_mode="livesum")


class CountRequests:
    """Counts each request, those among them that another middleware answers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        begun, status = time.perf_counter(), 500
        IN_FLIGHT.inc()
        try:
            response = self.get_response(request)
            status = response.status_code
            return response
        finally:
            IN_FLIGHT.dec()
            method = request.method if request.method in METHODS else "other"
            route = route_of(request)
            REQUESTS.labels(method, route, f"{status // 100}xx").inc()
            SECONDS.labels(method, route).observe(time.perf_counter() - begun)


def route_of(request: HttpRequest) -> str:
    """The name of its route; ``static`` and ``none`` are what has none."""
    if request.resolver_match is not None:
        return name_of(request.resolver_match)
    return "static" if request.path.startswith(settings.STATIC_URL) else "none"


def name_of(match: ResolverMatch) -> str:
    """The name of a route, which is one of a few: ``history``, ``api:list_bans``."""
    return match.view_name or match.route or "unnamed"
