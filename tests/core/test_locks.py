"""Locks against a real PostgreSQL. tests/outside/test_lock_chaos.py breaks processes and networks on top."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from banguard.core import locks, sessions
from banguard.core.errors import LockBusy, LockLost
from banguard.core.models import Lease
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def quick(settings: Any) -> None:
    settings.LOCK_HEARTBEAT, settings.LOCK_DEADLINE = 0.1, 0.6


def end_session_of(held: locks.Held) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(session) FROM core_lease WHERE token = %s", [held.token])


def is_lost(held: locks.Held) -> bool:
    try:
        held.check()
    except LockLost:
        return True
    return False


def test_two_cannot_hold_it() -> None:
    with locks.hold(locks.IMPORT, 7), pytest.raises(LockBusy) as refused, locks.hold(locks.IMPORT, 7):
        pass
    assert refused.value.details["lock"] == "import"
    assert "since" in refused.value.details
    assert "process" in refused.value.message


def test_other_subjects_and_other_locks_are_free() -> None:
    with locks.hold(locks.IMPORT, 1), locks.hold(locks.IMPORT, 2), locks.hold(locks.ENFORCE, 1):
        assert locks.held_now() == {("import", 1), ("import", 2), ("enforce", 1)}
    assert locks.held_now() == set()


def test_numbers_are_given_once() -> None:
    assert len({lock.key for lock in locks.LOCKS.values()}) == len(locks.LOCKS)
    assert all(name == lock.name for name, lock in locks.LOCKS.items())


def test_it_is_refused_inside_a_transaction() -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="inside a transaction"), locks.hold(locks.IMPORT):
        pass


def test_it_is_released_when_the_work_fails() -> None:
    with pytest.raises(ZeroDivisionError), locks.hold(locks.IMPORT):
        raise ZeroDivisionError
    assert not locks.is_held(locks.IMPORT)
    assert Lease.objects.get(lock="import").released_at is not None


def test_it_is_released_when_the_worker_gives_up_on_the_task() -> None:
    with pytest.raises(SystemExit), locks.hold(locks.IMPORT):
        raise SystemExit  # how django-q2 ends a task that takes too long
    assert not locks.is_held(locks.IMPORT)


def test_tokens_grow() -> None:
    tokens = []
    for subject in (1, 2, 1):
        with locks.hold(locks.IMPORT, subject) as held:
            tokens.append(held.token)
    assert tokens == sorted(set(tokens))


def test_the_first_in_the_queue_gets_it_at_once() -> None:
    waited: list[float] = []

    def stand_in_line() -> None:
        begun = time.monotonic()
        with locks.hold(locks.IMPORT, wait=5):
            waited.append(time.monotonic() - begun)
        connection.close()

    with locks.hold(locks.IMPORT):
        thread = threading.Thread(target=stand_in_line)
        thread.start()
        time.sleep(0.5)
    thread.join()
    assert 0.4 < waited[0] < 20


def test_waiting_ends() -> None:
    begun = time.monotonic()
    with locks.hold(locks.IMPORT), pytest.raises(LockBusy), locks.hold(locks.IMPORT, wait=0.3):
        pass
    assert time.monotonic() - begun < 20


def test_a_heartbeat_keeps_it_beyond_the_deadline() -> None:
    with locks.hold(locks.IMPORT) as held:
        first = Lease.objects.get(token=held.token).heartbeat_at
        time.sleep(1.2)
        held.check()
        with held.writing():
            pass
        assert Lease.objects.get(token=held.token).heartbeat_at > first


def test_a_long_write_does_not_stop_the_heartbeat() -> None:
    with locks.hold(locks.IMPORT) as held:
        with held.writing():
            time.sleep(1.2)
            held.check()
        held.check()


def test_an_ended_session_is_noticed_and_frees_the_lock() -> None:
    with locks.hold(locks.IMPORT) as held:
        end_session_of(held)
        wait_until(lambda: is_lost(held))
        with locks.hold(locks.IMPORT) as next_one:
            assert next_one.token > held.token
    assert Lease.objects.get(lock="import").lost_at is not None


def test_a_write_after_the_loss_is_fenced() -> None:
    with locks.hold(locks.IMPORT) as held:
        held._heartbeat.stop()  # it will not notice by itself
        end_session_of(held)
        with locks.hold(locks.IMPORT, wait=2), pytest.raises(LockLost), held.writing():
            Lease.objects.create(lock="x", subject=0, token=0, pid=0, session=0, taken_at=NOW, heartbeat_at=NOW)
    assert not Lease.objects.filter(lock="x").exists()


def test_nobody_takes_over_in_the_middle_of_a_write() -> None:
    order: list[str] = []

    def take_over() -> None:
        with locks.hold(locks.IMPORT, wait=5):
            order.append("taken over")
        connection.close()

    with locks.hold(locks.IMPORT) as held:
        with held.writing():
            end_session_of(held)
            thread = threading.Thread(target=take_over)
            thread.start()
            time.sleep(0.4)
            order.append("written")
        thread.join()
    assert order == ["written", "taken over"]


def test_postgresql_ends_a_session_that_fell_silent() -> None:
    with locks.hold(locks.IMPORT) as held:
        held._heartbeat.stop()  # as if the process were stopped
        wait_until(lambda: not locks.is_held(locks.IMPORT))
        assert is_lost(held)


def test_taking_and_releasing_costs_two_statements(monkeypatch: pytest.MonkeyPatch) -> None:
    sessions.refuse_pooler()
    said: list[str] = []

    class Counting(psycopg.Connection[Any]):
        def execute(self, query: Any, *args: Any, **kwargs: Any) -> Any:
            said.append(str(query))
            return super().execute(query, *args, **kwargs)

    monkeypatch.setattr(psycopg, "connect", Counting.connect)
    with locks.hold(locks.IMPORT):
        pass
    assert len(said) == 2


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    yield
    wait_until(lambda: not locks.held_now())


NOW = "2026-01-01T00:00:00Z"


def waiting() -> list[str]:
    """What kinds of locks are waited for."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT locktype FROM pg_locks WHERE NOT granted ORDER BY 1")
        return [kind for (kind,) in cursor.fetchall()]


def test_of_those_who_write_beside_the_holder_one_alone_stands_in_its_way() -> None:
    def write() -> None:
        with locks.beside(locks.IMPORT, 7):
            pass
        connection.close()

    others = [threading.Thread(target=write) for _ in range(3)]
    with locks.hold(locks.IMPORT, 7) as held:
        with held.writing():
            for other in others:
                other.start()
            wait_until(lambda: waiting() == ["advisory", "advisory", "transactionid"])
            assert locks.held_now() == {("import", 7)}
        for other in others:
            other.join(10)
        assert not any(other.is_alive() for other in others)
