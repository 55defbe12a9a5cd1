"""What is told of a query or a call that fails within a trace: its kind, never its text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import DataError, connection
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from banguard.agent import client
from banguard.core.errors import AgentUnreachable
from banguard.tracing import calls, sql, within

SECRET = "203.0.113.99 or so"


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """What was told within one request."""
    provider, exporter = TracerProvider(), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(within, "TRACER", provider.get_tracer("tests"))
    monkeypatch.setattr(client, "AROUND", [calls.traced])
    with provider.get_tracer("tests").start_as_current_span("request"):
        yield exporter


def told(exporter: InMemorySpanExporter) -> dict[str, Any]:
    [span] = exporter.get_finished_spans()
    assert SECRET not in span.to_json()
    return {"name": span.name, "failed": span.status.status_code is StatusCode.ERROR, **(span.attributes or {})}


@pytest.mark.django_db
def test_a_query_that_fails_is_told_by_its_kind(kept: InMemorySpanExporter) -> None:
    with connection.cursor() as cursor, connection.execute_wrapper(sql._traced), pytest.raises(DataError, match=SECRET):
        cursor.execute("SELECT %s::inet", [SECRET])
    seen = told(kept)
    assert (seen["name"], seen["failed"], seen["error.type"]) == ("SELECT", True, "DataError")
    assert seen["db.query.text"] == "SELECT %s::inet"


def test_so_is_a_call_of_the_agent(kept: InMemorySpanExporter, tmp_path: Path) -> None:
    with pytest.raises(AgentUnreachable):
        client.Agent(tmp_path / SECRET).status()
    seen = told(kept)
    assert (seen["name"], seen["failed"], seen["error.type"]) == ("agent status", True, "AgentUnreachable")


def test_what_belongs_to_no_request_makes_no_span() -> None:
    with within.within("SELECT", {}) as span:
        assert span is None
