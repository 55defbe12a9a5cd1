"""Runs that look wrong stop before they do anything, and wait for a person; previews that do nothing at all."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from banguard.agent.memory import MemoryAgent
from banguard.agent.verbs import Visitors
from banguard.blocklists.models import Entry, Run, Source, Withheld
from banguard.blocklists.services import holding, imports, sources
from banguard.blocklists.values import Purpose, State
from banguard.core.errors import Conflict, FeedTooSoon, LockBusy
from banguard.core.networks import parse_network
from tests.blocklists.conftest import Feed, blocked, run_of
from tests.conftest import Api

pytestmark = pytest.mark.django_db(transaction=True)

MANY = [f"203.0.113.{number}" for number in range(1, 100, 2)]
Work = Callable[[], int]


@pytest.fixture
def full(agent: MemoryAgent, feed: Feed, source: Source) -> Source:
    feed.serve(*MANY)
    assert run_of(source).state == State.SUCCEEDED
    return source


def test_it_holds_a_list_that_shrank_by_more_than_half(agent: MemoryAgent, feed: Feed, full: Source) -> None:
    feed.serve(*MANY[:20])
    run = run_of(full)
    assert (run.state, run.added, run.removed) == (State.HELD, 0, 30)
    assert "shrank by 60 %" in run.error
    assert (blocked(agent), Entry.objects.count()) == (set(MANY), 50)


def test_it_holds_a_list_that_more_than_doubled(agent: MemoryAgent, feed: Feed, full: Source) -> None:
    feed.serve(*MANY, *(f"198.51.100.{number}" for number in range(0, 250, 2)))
    run = run_of(full)
    assert run.state == State.HELD
    assert run.hold_reasons == [run.error]
    assert "grew by 250 %" in run.error
    assert run.preview is not None
    assert run.preview["new"]["count"] == 125


@pytest.mark.parametrize("change", [{"shrink_percent": 0}, {"shrink_percent": 60}])
def test_the_limit_is_the_sources_own(agent: MemoryAgent, feed: Feed, full: Source, change: dict[str, int]) -> None:
    sources.change(source_id=full.pk, **change)
    feed.serve(*MANY[:20])
    assert run_of(full).state == State.SUCCEEDED


def test_what_is_accepted_is_just_what_was_looked_at(agent: MemoryAgent, feed: Feed, full: Source, work: Work) -> None:
    feed.serve(*MANY[:20], "2001:db8::/32")
    held = run_of(full)
    feed.serve("198.51.100.1")
    accepted = holding.accept(run_id=held.pk, decided_by="anna")
    assert (accepted.state, accepted.decided_by) == (State.QUEUED, "anna")
    assert work() == 1
    held.refresh_from_db()
    assert (held.state, held.added, held.removed) == (State.SUCCEEDED, 1, 30)
    assert blocked(agent) == {*MANY[:20], "2001:db8::/32"}


def test_what_is_discarded_is_gone(agent: MemoryAgent, feed: Feed, full: Source) -> None:
    feed.serve(*MANY[:20])
    held = run_of(full)
    discarded = holding.discard(run_id=held.pk, decided_by="anna")
    assert (discarded.state, discarded.error) == (State.FAILED, "anna discarded what was held.")
    assert (blocked(agent), Withheld.objects.count()) == (set(MANY), 0)
    with pytest.raises(Conflict):
        holding.accept(run_id=held.pk, decided_by="anna")


def test_what_a_later_run_has_replaced_cannot_be_accepted(agent: MemoryAgent, feed: Feed, full: Source) -> None:
    feed.serve(*MANY[:20])
    first, second = run_of(full), run_of(full)
    with pytest.raises(Conflict, match="taken the place"):
        holding.accept(run_id=first.pk, decided_by="anna")
    assert holding.accept(run_id=second.pk, decided_by="anna").state == State.QUEUED
    with pytest.raises(LockBusy):
        imports.request_run(source_id=full.pk, asked_by="anna")


def test_an_address_from_which_somebody_signed_in_is_held(agent: MemoryAgent, feed: Feed, source: Source) -> None:
    agent.visiting = Visitors(connected=(), signed_in=(parse_network("203.0.113.9"),))
    feed.serve("203.0.113.0/24")
    run = run_of(source)
    assert run.state == State.HELD
    assert "203.0.113.9" in run.error
    assert Entry.objects.count() == 0


def test_a_preview_tells_what_would_happen_and_does_nothing(
    agent: MemoryAgent, feed: Feed, full: Source, work: Work
) -> None:
    agent.visiting = Visitors(connected=(parse_network("198.51.100.7"),), signed_in=())
    feed.serve(*MANY[1:], "198.51.100.0/24", "10.0.0.1", "nonsense")
    imports.request_run(source_id=full.pk, asked_by="anna", purpose=Purpose.PREVIEW)
    assert work() == 1
    run = Run.objects.latest("id")
    assert (run.state, run.added, run.removed, run.kept) == (State.SUCCEEDED, 2, 1, 49)
    assert run.preview is not None
    assert run.preview["gone"] == {"count": 1, "samples": [MANY[0]]}
    assert run.preview["protected"] == {"count": 1, "samples": ["10.0.0.1"]}
    assert run.preview["connected"]["samples"] == ["198.51.100.7"]
    assert run.preview["countries"] == [{"country": "", "percent": 100.0}]
    assert blocked(agent) == set(MANY)
    assert run_of(full).added == 2


def test_a_preview_tells_what_enforcing_it_takes(agent: MemoryAgent, feed: Feed, full: Source, work: Work) -> None:
    agent.memory_kernel.problem = "Operation not permitted"
    other = sources.create(name="other", url=feed.url, enforcement="jail")
    Source.objects.filter(pk=other.pk).update(held=2_000)
    imports.request_run(source_id=full.pk, asked_by="anna", purpose=Purpose.PREVIEW)
    work()
    taken = {"enforcement": "jail", "networks": 2_050, "seconds": 20, "most": 50_000, "problem": ""}
    assert preview_of(full)["means"] == taken
    sources.change(source_id=full.pk, enforcement="kernel")
    imports.request_run(source_id=full.pk, asked_by="anna", purpose=Purpose.PREVIEW)
    work()
    taken = {"enforcement": "kernel", "networks": 50, "seconds": 0, "most": 0, "problem": "Operation not permitted"}
    assert preview_of(full)["means"] == taken


def preview_of(source: Source) -> dict[str, object]:
    found = Run.objects.filter(source=source, purpose=Purpose.PREVIEW).latest("id").preview
    assert found is not None
    return found


def test_a_preview_shows_what_other_lists_hold(agent: MemoryAgent, feed: Feed, full: Source, work: Work) -> None:
    other = sources.create(name="other", url=feed.url + "?2", enabled=False)
    imports.request_run(source_id=other.pk, asked_by="anna", purpose=Purpose.PREVIEW)
    work()
    run = Run.objects.latest("id")
    assert run.preview is not None
    overlap = {"source_id": full.pk, "source": "feed", "addresses": 50, "percent": 100.0}
    assert run.preview["overlaps"] == [overlap]


def previewed(feed: Feed, work: Work) -> Source:
    feed.serve("203.0.113.1", "203.0.113.9")
    source = sources.create(name="picked", url=feed.url, min_interval=3_600, enabled=False)
    imports.request_run(source_id=source.pk, asked_by="eve", purpose=Purpose.PREVIEW)
    work()
    return source


def test_what_was_previewed_is_imported_without_asking_its_provider_again(
    agent: MemoryAgent, feed: Feed, work: Work
) -> None:
    source = previewed(feed, work)
    feed.serve("198.51.100.1")
    sources.change(source_id=source.pk, enabled=True)
    run = holding.take_up(source_id=source.pk, asked_by="eve")
    work()
    run.refresh_from_db()
    assert (run.state, run.error, len(feed.seen)) == (State.SUCCEEDED, "", 1)
    assert blocked(agent) == {"203.0.113.1", "203.0.113.9"}


def test_an_import_right_after_a_preview_takes_what_that_brought(
    agent: MemoryAgent, feed: Feed, work: Work, api: Api
) -> None:
    source = previewed(feed, work)
    answer = api.post(f"/blocklists/sources/{source.pk}/runs")
    assert answer.status_code == 202
    work()
    run = Run.objects.latest("id")
    assert (run.state, run.added, run.accepted, len(feed.seen)) == (State.SUCCEEDED, 2, False, 1)
    with pytest.raises(FeedTooSoon):
        holding.request_import(source_id=source.pk, asked_by="eve")


def test_what_a_preview_brought_is_held_unless_somebody_looked_at_it(
    agent: MemoryAgent, feed: Feed, full: Source, work: Work
) -> None:
    feed.serve(*MANY[:20])
    imports.request_run(source_id=full.pk, asked_by="eve", purpose=Purpose.PREVIEW)
    work()
    sources.change(source_id=full.pk, min_interval=3_600)
    run = holding.request_import(source_id=full.pk, asked_by="eve")
    work()
    run.refresh_from_db()
    assert (run.state, len(feed.seen)) == (State.HELD, 2)


def test_a_preview_older_than_an_import_is_not_taken_up(
    agent: MemoryAgent, feed: Feed, full: Source, work: Work
) -> None:
    imports.request_run(source_id=full.pk, asked_by="eve", purpose=Purpose.PREVIEW)
    work()
    run_of(full)
    sources.change(source_id=full.pk, min_interval=3_600)
    with pytest.raises(FeedTooSoon):
        holding.request_import(source_id=full.pk, asked_by="eve")


def test_a_preview_of_another_feed_is_not_taken_up(agent: MemoryAgent, feed: Feed, work: Work) -> None:
    source = previewed(feed, work)
    sources.change(source_id=source.pk, url=f"{feed.url}?other", enabled=True)
    assert not Withheld.objects.exists()
    with pytest.raises(FeedTooSoon):
        holding.take_up(source_id=source.pk, asked_by="eve")
