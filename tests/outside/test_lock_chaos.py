"""Processes, networks and PostgreSQL are broken under competing workers; nobody's effects may interleave."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from psycopg.conninfo import make_conninfo

from banguard.core import locks, sessions
from banguard.core.errors import LockLost, LocksUnavailable
from benchmarks.chaos import campaign
from benchmarks.chaos.faults import FAULTS
from benchmarks.chaos.journal import Order
from benchmarks.chaos.proxy import Proxies, Proxy
from benchmarks.chaos.world import world

SEED = 20_260_301
FAULT_COUNT = 30


def test_no_fault_lets_two_holders_work_at_once() -> None:
    with world(seed=SEED, workers=3, deadline=0.8) as there:
        report = campaign.run(there, FAULT_COUNT, lambda _number, _outcome: None)
    assert report.overlaps == 0
    assert max(outcome.recovery for outcome in report.outcomes) < 15
    assert report.fenced.total() > 0, "the fence was never needed, so nothing was shown"
    assert {outcome.fault for outcome in report.outcomes} == set(FAULTS)


@pytest.fixture
def line(settings: Any, db: None) -> Iterator[Line]:
    """The only way on which this process reaches its locks."""
    settings.LOCK_HEARTBEAT, settings.LOCK_DEADLINE = 0.2, 0.6
    given = connection.get_connection_params()
    port = int(given.get("port") or 5432)
    in_folder = str(given.get("host", "")).startswith("/")
    proxies = Proxies(Path(given["host"]) / f".s.PGSQL.{port}" if in_folder else port)
    proxy = proxies.open()
    known = {name: given[name] for name in ("dbname", "user", "password") if name in given}
    settings.LOCK_DATABASE_URL = make_conninfo(host="127.0.0.1", port=proxy.port, **known)
    sessions.refuse_pooler()
    yield Line(proxies, proxy)
    proxies.close()


@dataclass(frozen=True)
class Line:
    proxies: Proxies
    proxy: Proxy

    def cut(self) -> None:
        self.proxies.cut(self.proxy)
        time.sleep(0.05)


@pytest.mark.django_db(transaction=True)
def test_a_holder_leaves_while_the_network_still_swallows_everything(line: Line) -> None:
    begun = time.monotonic()
    with locks.hold(locks.IMPORT):
        line.cut()
    assert time.monotonic() - begun < 20


@pytest.mark.django_db(transaction=True)
def test_a_silent_network_is_noticed_by_the_heartbeat_itself(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    with locks.hold(locks.IMPORT) as held:
        line.cut()
        time.sleep(1.2)
        assert "lock_lost" in caplog.text  # although the work has not asked
        with pytest.raises(LockLost):
            held.check()


@pytest.mark.django_db(transaction=True)
def test_a_silent_network_refuses_the_next_lock_in_time(line: Line) -> None:
    line.cut()
    begun = time.monotonic()
    with pytest.raises(LocksUnavailable), locks.hold(locks.IMPORT):
        pass
    assert time.monotonic() - begun < 20


def test_the_judge_counts_what_comes_after_a_newer_token_or_under_anothers() -> None:
    order = Order()
    order.judge([(1, "a"), (1, "a"), (2, "b"), (2, "b"), (4, "a")])
    assert order.overlaps == 0
    order.judge([(2, "b"), (4, "a"), (4, "c")])
    assert order.overlaps == 2
