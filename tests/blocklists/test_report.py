"""The feed report: what each list brings, whom it would have stopped, which to drop; and when it is made anew."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from banguard.agent.memory import MemoryAgent
from banguard.blocklists import tasks
from banguard.blocklists.models import Source
from banguard.blocklists.services import reports, sources
from banguard.blocklists.services.reports import KEPT, ReportRow, report
from banguard.history.models import Ban
from banguard.servers import services as servers
from tests.blocklists.conftest import Feed, run_of
from tests.conftest import Api

pytestmark = pytest.mark.django_db(transaction=True)

LARGE = [f"203.0.113.{number}" for number in range(1, 200, 2)]


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    cache.clear()


@pytest.fixture
def large(agent: MemoryAgent, feed: Feed) -> Source:
    return imported(feed, "large", *LARGE)


@pytest.fixture
def within(large: Source, feed: Feed) -> Source:
    """A list of which another one holds all but one."""
    return imported(feed, "within", *LARGE[:60], "198.51.100.7")


def imported(feed: Feed, name: str, *lines: str) -> Source:
    feed.serve(*lines)
    source = sources.create(name=name, url=feed.url, enforcement="none", shrink_percent=0, grow_percent=0)
    assert run_of(source).state == "succeeded"
    return source


def ban(address: str, *, origin: str = "jail", days: int = 1) -> None:
    at = timezone.now() - timedelta(days=days)
    Ban.objects.create(server=servers.local(), jail="sshd", address=address, origin=origin, banned_at=at)


def row(name: str) -> ReportRow:
    return next(one for one in report().rows if one.source == name)


def test_it_says_what_a_list_brings_that_others_do_not(large: Source, within: Source) -> None:
    assert (row("large").addresses, row("large").unique_percent) == (100, 40.0)
    assert (row("within").addresses, row("within").unique_percent) == (61, 1.6)
    assert row("large").overlaps == [{"source": "within", "addresses": 60, "percent": 60.0}]
    assert row("within").advice == "Drop it: other lists hold 98 % of it."
    assert row("large").advice == ""


def test_a_list_that_is_switched_off_makes_no_other_superfluous(large: Source, within: Source) -> None:
    sources.change(source_id=large.pk, enabled=False)
    assert (row("within").unique_percent, row("within").advice) == (100.0, "")


def test_it_counts_the_addresses_that_jails_have_met_this_month(large: Source) -> None:
    for address in (LARGE[0], LARGE[0], LARGE[1]):
        ban(address)
    ban(LARGE[2], origin="blocklist")
    ban(LARGE[3], days=31)
    ban("198.51.100.1")
    assert row("large").hits == 2


def test_a_list_that_is_no_longer_imported_well_is_to_be_mended(large: Source) -> None:
    Source.objects.update(good_at=timezone.now() - timedelta(days=8))
    assert "has not been imported well for more than a week" in row("large").advice
    assert row("large").age_hours == pytest.approx(192, abs=0.1)


def test_it_counts_what_imports_changed_and_refused(large: Source, feed: Feed) -> None:
    feed.serve(*LARGE[:50], "not an address")
    assert run_of(large).removed == 50
    found = row("large")
    assert (found.imports, found.rejected, found.churn_percent) == (2, 1, 150.0)  # 100 came, then 50 of the 50 went


def test_it_is_made_once_and_then_read(large: Source, django_assert_num_queries: CaptureQueriesContext) -> None:
    first = report()
    ban(LARGE[0])
    with django_assert_num_queries(2):  # the sources, and the cache
        assert report() == first


def test_it_is_made_anew_when_a_list_changes(large: Source, feed: Feed) -> None:
    first = report()
    ban(LARGE[0])
    feed.serve(*LARGE[:99])
    run_of(large)
    assert (first.rows[0].entries, row("large").entries, row("large").hits) == (100, 99, 1)


def test_it_is_made_anew_when_it_is_old(large: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "KEPT", timedelta(0))
    first = report()
    ban(LARGE[0])
    assert (first.rows[0].hits, row("large").hits) == (0, 1)
    assert timedelta(hours=1) >= KEPT


def test_the_worker_makes_it_before_somebody_asks(large: Source, api: Api) -> None:
    tasks.report()
    ban(LARGE[0])
    told = api.get("/blocklists/report").json()
    assert [(one["source"], one["hits"]) for one in told["sources"]] == [("large", 0)]
    assert told["made_at"].startswith(timezone.now().strftime("%Y-"))


def test_nothing_imported_is_nothing_to_report(api: Api) -> None:
    assert api.get("/blocklists/report").json()["sources"] == []
