"""The task queue and the schedules: the only code that knows django-q2.

A task may be delivered twice, or never end: so each takes a lock, and leaves a row that says how far it
came. Tasks and schedules are named by dotted path and carry only integers; a test resolves every name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from croniter import CroniterError, croniter
from django.utils import timezone
from django_q.models import OrmQ, Schedule
from django_q.status import Stat
from django_q.tasks import async_task


@dataclass(frozen=True)
class Queue:
    """``workers``: clusters whose heartbeat is fresh. ``waiting``: tasks nobody has taken yet."""

    workers: int
    waiting: int


def enqueue(task: str, *numbers: int) -> str:
    """Ask a worker to run ``task(*numbers)`` soon; returns the task's id. Inside a transaction it starts after."""
    return str(async_task(task, *numbers))


def keep_schedule(name: str, task: str, *numbers: int, cron: str | None) -> None:
    """Run ``task(*numbers)`` at the times of ``cron``; None ends the schedule."""
    if cron is None:
        Schedule.objects.filter(name=name).delete()
        return
    if Schedule.objects.filter(name=name, cron=cron).exists():
        return  # written again, it would skip a time that is due now
    Schedule.objects.update_or_create(
        name=name,
        defaults={
            "func": task,
            "args": repr(numbers),
            "schedule_type": Schedule.CRON,
            "cron": cron,
            "repeats": -1,
            "next_run": croniter(cron, timezone.now()).get_next(datetime),
        },
    )


def is_cron(text: str) -> bool:
    """Whether ``text`` is a cron expression of five fields that ever fires; the 31st of February does not."""
    if len(text.split()) != 5:
        return False
    try:
        croniter(text, timezone.now()).get_next(datetime)
    except CroniterError:
        return False
    return True


def next_run(name: str) -> datetime | None:
    """When a schedule fires next, or None if there is none."""
    row = Schedule.objects.filter(name=name).first()
    return row.next_run if row else None


def queue() -> Queue:
    """How the workers are. One query each for the heartbeats and the queue."""
    return Queue(workers=len(Stat.get_all()), waiting=OrmQ.objects.filter(lock__lte=timezone.now()).count())
