"""The task queue and the schedules: the only code that knows django-q2, but for `tracing`, which follows its signals.

A task may be delivered twice, or never end: so each takes a lock, and leaves a row that says how far it
came. Tasks and schedules are named by dotted path and carry only integers; a test resolves every name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.core.cache import cache
from django.db.models import Count, Min
from django.dispatch import receiver
from django.utils import timezone
from django_q.conf import Conf
from django_q.models import OrmQ, Schedule, Task
from django_q.signals import post_execute_in_worker, pre_execute
from django_q.tasks import async_task
from prometheus_client import Counter, Histogram

log = structlog.get_logger(__name__)

LONGEST_REASON = 4_000
FAILURES_KEPT = timedelta(days=30)
REQUEST = "request:"  # what stands before a request's id in a task's group; a schedule's tasks have its name there
TASKS = Counter("banguard_tasks_total", "Tasks that ended, by how.", ["task", "outcome"])
SECONDS = Histogram(
    "banguard_task_seconds",
    "From being asked for to its end.",
    ["task"],
    buckets=(0.1, 0.5, 1, 2, 5, 15, 60, 300, 900, 3600),
)


@dataclass(frozen=True)
class Queue:
    """``workers``: clusters whose heartbeat is fresh. ``waiting``: tasks nobody has taken yet, the oldest for
    ``oldest`` seconds (0: none waits)."""

    workers: int
    waiting: int
    oldest: float = 0.0


@dataclass(frozen=True)
class Planned:
    """A schedule. ``last_run`` is None when it never ran, ``last_well`` tells how that run ended."""

    name: str
    cron: str
    next_run: datetime | None
    last_run: datetime | None
    last_well: bool | None


def enqueue(task: str, *numbers: int) -> str:
    """Ask a worker to run ``task(*numbers)`` soon; returns the task's id. Inside a transaction it starts after."""
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    asked_by = {"group": f"{REQUEST}{request_id}"} if request_id else {}
    return str(async_task(task, *numbers, **asked_by))


@receiver(pre_execute)
def _begin_lines(task: Mapping[str, Any], **_: object) -> None:
    """Every line that a task writes says which task it is, and which request asked for it."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(job_id=task["id"], task=task["func"])
    group = str(task.get("group") or "")
    if group.startswith(REQUEST):
        structlog.contextvars.bind_contextvars(request_id=group.removeprefix(REQUEST))


@receiver(post_execute_in_worker)
def _end_task(task: Mapping[str, Any], **_: object) -> None:
    """Count it, and say so when it failed: django-q2 itself tells the result in another process."""
    name, failed = _known(task["func"]), not task.get("success")
    TASKS.labels(name, "failed" if failed else "succeeded").inc()
    SECONDS.labels(name).observe(max(0.0, (task["stopped"] - task["started"]).total_seconds()))
    if failed:
        log.error("task_failed", reason=str(task.get("result", ""))[:LONGEST_REASON])
    structlog.contextvars.clear_contextvars()


def _known(task: object) -> str:
    """The name of a task for a metric: those of ours, which are few."""
    return task if isinstance(task, str) and task.startswith("banguard.") else "other"


def schedules() -> list[Planned]:
    """Every schedule by name, with its newest run. Two queries."""
    rows = list(Schedule.objects.order_by("name"))
    runs = Task.objects.filter(id__in=[row.task for row in rows if row.task]).values_list("id", "stopped", "success")
    last = {task: (stopped, success) for task, stopped, success in runs}
    return [Planned(row.name or "", row.cron or "", row.next_run, *last.get(row.task, (None, None))) for row in rows]


def queue() -> Queue:
    """How the workers are. Two queries for the heartbeats and one for the queue."""
    now = timezone.now()
    asked = OrmQ.objects.filter(lock__lte=now).aggregate(count=Count("id"), oldest=Min("lock"))
    oldest = (now - asked["oldest"]).total_seconds() if asked["oldest"] else 0.0
    return Queue(workers=_clusters(), waiting=asked["count"], oldest=oldest)


def forget_failed() -> int:
    """Delete what is kept of tasks that failed long ago; returns how many. django-q2 itself clears only the others."""
    count: int = Task.objects.filter(success=False, stopped__lt=timezone.now() - FAILURES_KEPT).delete()[0]
    return count


def _clusters() -> int:
    """Those whose heartbeat has not expired. django-q2 itself, when asked for them, writes each time."""
    return len(cache.get_many(cache.get(Conf.Q_STAT) or ()))
