"""Pages of a search between two moments: each begins at its own place, and never shows what lies outside."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from banguard.core.pagination import Stretch
from banguard.history.models import Ban
from banguard.history.search import Search
from banguard.history.selectors import bans, bans_page
from banguard.history.selectors.listing import reader_of
from banguard.servers import services as servers

pytestmark = pytest.mark.django_db
MOMENT = timezone.now()


@pytest.fixture
def a_year() -> None:
    """A ban a day."""
    server = servers.local()
    Ban.objects.bulk_create(
        Ban(server=server, jail="sshd", origin="jail", address="203.0.113.7", banned_at=MOMENT - timedelta(days=days))
        for days in range(365)
    )


@pytest.mark.usefixtures("a_year")
@pytest.mark.parametrize("days", [1, 30, 700])
def test_a_moment_outside_of_a_search_shows_nothing_outside_of_it(days: int) -> None:
    search = Search(since=MOMENT - timedelta(days=60), until=MOMENT - timedelta(days=20))
    moment = MOMENT - timedelta(days=days)
    page = bans_page(search=search, cursor=None, page_size=500, at=moment)
    fits = bans(search=search).filter(banned_at__lte=moment).order_by("-banned_at", "-id")
    assert [ban.pk for ban in page.data] == list(fits.values_list("pk", flat=True))


def test_a_page_reads_from_its_key_on_and_not_from_the_end_of_the_search() -> None:
    read = reader_of(Search(since=MOMENT - timedelta(days=60), until=MOMENT))
    assert read is not None
    with CaptureQueriesContext(connection) as asked:
        for descending in (True, False):
            list(read(Stretch((MOMENT - timedelta(days=30), 5), descending, 51)))
    older, newer = (query["sql"].partition("WHERE")[2] for query in asked.captured_queries)
    assert ('"banned_at" >=' in older, '"banned_at" <' in older) == (True, False)
    assert ('"banned_at" >=' in newer, '"banned_at" <' in newer) == (False, True)
