"""A span for each request: its method, route and status, and never its path, its address or who sent it."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponseBase
from opentelemetry import trace
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from banguard.core.requests_seen import METHODS, route_of

TRACER = trace.get_tracer("banguard.requests")


class TraceRequests:
    """Begins a trace, or goes on with the one that a proxy names in ``traceparent``."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        before = TraceContextTextMapPropagator().extract({"traceparent": request.headers.get("traceparent", "")})
        method = request.method if request.method in METHODS else "other"
        with TRACER.start_as_current_span(
            f"{method}", before, SpanKind.SERVER, record_exception=False, set_status_on_exception=False
        ) as span:
            response = self.get_response(request)
            route = route_of(request)
            span.update_name(f"{method} {route}")
            span.set_attribute("http.request.method", f"{method}")
            span.set_attribute("http.route", route)
            span.set_attribute("http.response.status_code", response.status_code)
            if response.status_code >= 500:
                span.set_status(Status(StatusCode.ERROR))
            return response


def name_in_lines(**_: object) -> None:
    """Every line of a request says which trace it is in, and the trace says the request's id."""
    span = trace.get_current_span()
    if span.is_recording():
        structlog.contextvars.bind_contextvars(trace_id=trace.format_trace_id(span.get_span_context().trace_id))
        span.set_attribute("banguard.request_id", str(structlog.contextvars.get_contextvars().get("request_id", "")))
