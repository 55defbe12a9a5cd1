"""A span for what is done within a request or task; none for what belongs to none, such as the collector's looks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.trace import SpanKind, Status, StatusCode

TRACER = trace.get_tracer("banguard")


@contextmanager
def within(name: str, told: Mapping[str, str]) -> Iterator[None]:
    """What is raised is told by the name of its class: its text may hold a value, or an address."""
    if not trace.get_current_span().is_recording():
        yield
        return
    with TRACER.start_as_current_span(
        name, kind=SpanKind.CLIENT, attributes=dict(told), record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield
        except Exception as error:
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(Status(StatusCode.ERROR))
            raise
