"""A span for each query within a request or task: its text with placeholders, never the values in their place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from banguard.tracing.within import within

LONGEST = 2_000  # letters


def watch(connection: BaseDatabaseWrapper, **_: object) -> None:
    """Every connection, from its beginning; a connection that is made anew has its watcher still."""
    if _traced not in connection.execute_wrappers:
        connection.execute_wrappers.append(_traced)


def _traced(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    text = str(sql)
    word = text.split(maxsplit=1)[0].upper() if text.strip() else "query"
    told = {"db.system.name": "postgresql", "db.operation.name": word, "db.query.text": text[:LONGEST]}
    with within(word, told):
        return execute(sql, params, many, context)
