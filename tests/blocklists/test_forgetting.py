"""Runs that ended long ago go; what a person or the next import still needs does not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from banguard.agent.memory import MemoryAgent
from banguard.blocklists.models import Run, Source, Withheld
from banguard.blocklists.services import forgetting
from banguard.blocklists.values import State
from tests.blocklists.conftest import Feed, run_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "KEPT", 2)


def ended(source: Source, days: int, state: State = State.SUCCEEDED, **values: Any) -> Run:
    return Run.objects.create(source=source, state=state, finished_at=timezone.now() - timedelta(days=days), **values)


def left() -> list[int]:
    return list(Run.objects.order_by("id").values_list("id", flat=True))


def test_the_newest_stay_however_old_and_of_late_all(source: Source) -> None:
    other = Source.objects.create(name="other", url="https://lists.example/")
    kept = [ended(other, 500)]
    gone = [ended(source, 400), ended(source, 399)]
    kept += [ended(source, 398), ended(source, 397)]
    gone += [ended(source, 396, State.FAILED)]
    kept += [ended(source, days, State.FAILED) for days in (395, 394)]
    assert forgetting.forget_old(source_id=source.pk) == len(gone)
    assert left() == [run.pk for run in kept]
    assert forgetting.forget_old(source_id=source.pk) == 0
    ended(source, 10), ended(source, 9), ended(source, 8)
    assert forgetting.forget_old(source_id=source.pk) == 2
    assert Run.objects.filter(source=source).count() == 5


def test_what_waits_for_a_person_or_a_worker_stays(source: Source) -> None:
    held = ended(source, 400, State.HELD)
    Withheld.objects.create(run=held, four=b"", six=b"")
    waiting = Run.objects.create(source=source, state=State.QUEUED, queued_at=timezone.now() - timedelta(days=400))
    for _ in range(3):
        ended(source, 300, State.FAILED)
    assert forgetting.forget_old(source_id=source.pk) == 1
    assert {held.pk, waiting.pk} <= set(left())


def test_an_import_lets_go_of_some(
    agent: MemoryAgent, feed: Feed, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "BATCH", 3)
    for _ in range(8):
        ended(source, 200)
    feed.serve("203.0.113.7")
    run_of(source)
    assert len(left()) == 6
    run_of(source)
    assert len(left()) == 4
