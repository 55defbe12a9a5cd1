"""Imports that are asked for twice, at once, or by a worker that is killed: each works once, and the next converges."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now
from django_q.models import OrmQ

from banguard.agent.memory import MemoryAgent
from banguard.blocklists import tasks
from banguard.blocklists.models import Run, Source
from banguard.blocklists.services import imports, sources
from banguard.blocklists.values import State
from banguard.core import locks
from banguard.core.errors import BanGuardError, LockBusy
from tests.blocklists.conftest import Feed, blocked, run_of

pytestmark = pytest.mark.django_db(transaction=True)

Work = Callable[[], int]


def test_a_run_delivered_twice_works_once(agent: MemoryAgent, feed: Feed, source: Source) -> None:
    feed.serve("203.0.113.1")
    run = imports.request_run(source_id=source.pk, asked_by="a test")
    for _ in range(2):
        tasks.run_import(run.pk)
    assert (len(feed.seen), Run.objects.get().state) == (1, State.SUCCEEDED)


def test_a_run_whose_source_is_gone_ends_quietly(agent: MemoryAgent, source: Source, work: Work) -> None:
    imports.request_run(source_id=source.pk, asked_by="a test")
    sources.delete(source_id=source.pk)
    assert work() == 2


def in_threads(count: int, work: Callable[[], object]) -> list[object]:
    """What each of ``count`` threads returned or raised, all started at once, each with a connection of its own."""
    results: list[object] = []
    barrier = threading.Barrier(count)

    def one() -> None:
        barrier.wait()
        try:
            results.append(work())
        except BanGuardError as error:
            results.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_of_ten_requests_at_once_one_is_queued(source: Source) -> None:
    results = in_threads(10, lambda: imports.request_run(source_id=source.pk, asked_by="a test"))
    assert [type(one) for one in results].count(Run) == 1
    assert [type(one) for one in results].count(LockBusy) == 9
    assert (Run.objects.count(), OrmQ.objects.count()) == (1, 1)


def test_of_ten_workers_one_carries_it_out(agent: MemoryAgent, feed: Feed, source: Source) -> None:
    feed.serve("203.0.113.1")
    run = imports.request_run(source_id=source.pk, asked_by="a test")
    in_threads(10, lambda: tasks.run_import(run.pk))
    assert (len(feed.seen), Run.objects.get().state) == (1, State.SUCCEEDED)


def test_an_import_at_hand_asks_no_worker(agent: MemoryAgent, feed: Feed, source: Source) -> None:
    feed.serve("203.0.113.1")
    run_of(source)
    assert OrmQ.objects.count() == 0


def test_two_sources_at_once_end_with_both(agent: MemoryAgent, feed: Feed, source: Source) -> None:
    feed.serve("203.0.113.1")
    names = iter([source, sources.create(name="other", url=feed.url)])
    runs = in_threads(2, lambda: run_of(next(names)))
    assert all(isinstance(run, Run) and run.state in {State.SUCCEEDED, State.UNCHANGED} for run in runs), runs
    assert blocked(agent) == {"203.0.113.1"}


def left_running(source: Source) -> Run:
    """What a worker that was killed leaves behind."""
    return Run.objects.create(source=source, state=State.RUNNING, stage="enforcing", started_at=Now())


def test_a_run_of_a_killed_worker_is_seen_and_the_next_converges(
    agent: MemoryAgent, feed: Feed, source: Source
) -> None:
    left = left_running(source)
    tasks.settle()
    left.refresh_from_db()
    assert (left.state, bool(left.finished_at), bool(left.error)) == (State.INTERRUPTED, True, True)
    feed.serve("203.0.113.1")
    assert run_of(source).state == State.SUCCEEDED


def test_asking_again_sees_it_too(source: Source) -> None:
    left = left_running(source)
    imports.request_run(source_id=source.pk, asked_by="a test")
    left.refresh_from_db()
    assert left.state == State.INTERRUPTED


def test_a_run_that_is_worked_on_is_left_alone(source: Source) -> None:
    left = left_running(source)
    with locks.hold(locks.IMPORT, source.pk):
        tasks.settle()
        with pytest.raises(LockBusy, match="enforcing"):
            imports.request_run(source_id=source.pk, asked_by="a test")
    left.refresh_from_db()
    assert left.state == State.RUNNING


def test_a_task_that_got_lost_is_asked_for_again(agent: MemoryAgent, feed: Feed, source: Source, work: Work) -> None:
    feed.serve("203.0.113.1")
    run = imports.request_run(source_id=source.pk, asked_by="a test")
    OrmQ.objects.all().delete()
    tasks.settle()
    assert OrmQ.objects.count() == 0  # it may just be waiting
    Run.objects.filter(pk=run.pk).update(queued_at=Now() - timedelta(minutes=2))
    tasks.settle()
    assert work() == 1
    run.refresh_from_db()
    assert run.state == State.SUCCEEDED


def test_a_schedule_imports_once_and_says_who_asked(
    agent: MemoryAgent, feed: Feed, source: Source, work: Callable[[], int]
) -> None:
    feed.serve("203.0.113.1")
    sources.change(source_id=source.pk, schedule="every 1h")
    tasks.clock()
    assert work() == 0
    Source.objects.update(due_at=Now())
    tasks.clock()
    tasks.clock()
    assert work() == 1
    assert (Run.objects.get().state, Run.objects.get().asked_by) == (State.SUCCEEDED, "schedule")
