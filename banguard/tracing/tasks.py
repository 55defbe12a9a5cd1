"""A span for each task, in the trace of the request that asked for it."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from contextlib import ExitStack
from multiprocessing.util import Finalize
from typing import Any

import structlog
from django_q.signals import post_execute_in_worker, pre_enqueue, pre_execute
from opentelemetry import trace
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

TRACER = trace.get_tracer("banguard.tasks")
FIELD = "traceparent"  # of a task in the queue, beside its id and its name


class Tasks:
    """``at_end`` sends what a worker has left: it is a forked process, which skips what others do at their end."""

    def __init__(self, *, at_end: Callable[[], None]) -> None:
        self._at_end, self._process = at_end, os.getpid()
        self._running = ExitStack()  # one task at a time

    def follow(self) -> None:
        pre_enqueue.connect(self._take_along)
        pre_execute.connect(self._begin)
        post_execute_in_worker.connect(self._end)

    def _take_along(self, task: dict[str, Any], **_: object) -> None:
        TraceContextTextMapPropagator().inject(task)

    def _begin(self, task: dict[str, Any], **_: object) -> None:
        if self._process != os.getpid() and multiprocessing.parent_process() is not None:
            self._process = os.getpid()
            Finalize(None, self._at_end, exitpriority=0)
        before = TraceContextTextMapPropagator().extract({FIELD: str(task.get(FIELD, ""))})
        told = {"banguard.job_id": str(task["id"])}
        span = TRACER.start_as_current_span(str(task["func"]), before, SpanKind.CONSUMER, attributes=told)
        trace_id = self._running.enter_context(span).get_span_context().trace_id
        structlog.contextvars.bind_contextvars(trace_id=trace.format_trace_id(trace_id))

    def _end(self, task: dict[str, Any], **_: object) -> None:
        if not task.get("success"):
            trace.get_current_span().set_status(Status(StatusCode.ERROR))
        self._running.close()
