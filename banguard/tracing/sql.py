"""A span for each query within a request or task: its text with placeholders, never the values in their place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from opentelemetry import trace
from opentelemetry.trace import SpanKind

TRACER = trace.get_tracer("banguard.sql")
LONGEST = 2_000  # letters


def watch(connection: BaseDatabaseWrapper, **_: object) -> None:
    """Every connection, from its beginning; a connection that is made anew has its watcher still."""
    if _traced not in connection.execute_wrappers:
        connection.execute_wrappers.append(_traced)


def _traced(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    if not trace.get_current_span().is_recording():  # a look of the collector's, a second
        return execute(sql, params, many, context)
    text = str(sql)
    word = text.split(maxsplit=1)[0].upper() if text.strip() else "query"
    told = {"db.system.name": "postgresql", "db.operation.name": word, "db.query.text": text[:LONGEST]}
    with TRACER.start_as_current_span(word, kind=SpanKind.CLIENT, attributes=told):
        return execute(sql, params, many, context)
