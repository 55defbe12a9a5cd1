"""Every task and schedule names something that can be called with the numbers it carries."""

from __future__ import annotations

import ast
import inspect
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.models import OrmQ, Schedule, Task
from django_q.monitor import save_task

from banguard.blocklists.services import enforcing, imports, sources
from banguard.config.services import ignoring
from banguard.core import jobs, timetable

pytestmark = pytest.mark.django_db

TASKS = {imports.TASK: 1, enforcing.TASK: 0, ignoring.TASK: 0}


@pytest.mark.parametrize(("name", "numbers"), TASKS.items())
def test_a_task_resolves_and_takes_its_numbers(name: str, numbers: int) -> None:
    inspect.signature(import_string(name)).bind(*range(numbers))


def test_every_schedule_resolves_and_takes_its_numbers() -> None:
    sources.create(name="feed", url="https://example.com/", schedule="17 * * * *")
    schedules = Schedule.objects.all()
    assert {schedule.name for schedule in schedules} >= {
        "accounts.tidy",
        "blocklists.report",
        "blocklists.settle",
        "config.look",
        "history.rank",
        "history.retain",
        "blocklists.enforce",
    }
    for schedule in schedules:
        arguments = ast.literal_eval(schedule.args or "()")
        assert isinstance(arguments, tuple)
        inspect.signature(import_string(schedule.func)).bind(*arguments)
        assert timetable.fault(schedule.cron, "UTC") is None


def test_a_task_waits_until_its_transaction_is_there(django_capture_on_commit_callbacks: object) -> None:
    jobs.enqueue(enforcing.TASK)
    assert (OrmQ.objects.count(), jobs.queue().waiting) == (1, 1)


def test_a_running_task_is_not_handed_out_again() -> None:
    assert settings.Q_CLUSTER["retry"] > settings.Q_CLUSTER["timeout"]
    assert settings.Q_CLUSTER["catch_up"] is False


def test_what_failed_long_ago_is_forgotten() -> None:
    for days in (31, 29):
        at = timezone.now() - timedelta(days=days)
        Task.objects.create(id=f"{days:032}", name="n", func="f", success=False, started=at, stopped=at)
    assert jobs.forget_failed() == 1
    assert Task.objects.get().id == f"{29:032}"


def test_what_runs_each_minute_does_not_push_out_what_runs_once_a_day() -> None:
    at = timezone.now()
    for number in range(settings.Q_CLUSTER["save_limit"] + 5):
        task = {"id": f"{number:032}", "name": str(number), "func": "often" if number else "daily", "result": None}
        save_task({**task, "args": (), "kwargs": {}, "started": at, "stopped": at, "success": True, "sync": True}, None)
    assert Task.objects.filter(func="daily").count() == 1
    assert Task.objects.filter(func="often").count() == settings.Q_CLUSTER["save_limit"]
