"""Letting go of old bans: rows go, what was counted of them stays, and lists and totals agree."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from banguard.history import services, tasks
from banguard.history.models import Address, Ban, BanMatches
from banguard.history.search import Range, Search
from banguard.history.selectors import bans_page, listing, statistics
from banguard.history.services import retention
from banguard.history.values import Dimension
from banguard.servers import services as servers

pytestmark = pytest.mark.django_db


def some(days: int, *, ended: bool = True) -> Ban:
    at = timezone.now() - timedelta(days=days)
    number = Ban.objects.count()
    ban = Ban.objects.create(
        server=servers.local(),
        jail="sshd",
        origin="jail",
        address=f"203.0.113.{number}",
        banned_at=at,
        lifted_at=at if ended else None,
    )
    BanMatches.objects.create(ban=ban, banned_at=at, lines=["one"])
    return ban


def test_only_what_ended_and_is_old_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 3)
    old, kept = [some(100) for _ in range(8)], [some(100, ended=False), some(1), some(29)]
    assert services.retain(days=30, seconds=60) == len(old)
    assert set(Ban.objects.values_list("pk", flat=True)) == {ban.pk for ban in kept}
    assert BanMatches.objects.count() == len(kept)
    assert services.retain(days=30, seconds=60) == 0


def test_the_total_of_the_list_is_what_is_there_and_charts_keep_what_was() -> None:
    for days in (100, 100, 40, 1):
        some(days)
    some(100, ended=False)
    services.retain(days=30, seconds=60)
    assert bans_page(search=Search(), cursor=None, page_size=10).total == Ban.objects.count() == 2
    assert sum(point.bans for point in statistics.trend(search=Search(range=Range.YEAR)).points) == 5
    assert statistics.shares(dimension=Dimension.JAIL, search=Search(range=Range.YEAR))[0].bans == 5
    assert Address.objects.count() == 5


def test_nothing_goes_unless_the_setting_says_so(settings: Any) -> None:
    some(5_000)
    settings.HISTORY_DAYS = None
    tasks.retain()
    assert Ban.objects.count() == 1
    settings.HISTORY_DAYS = 365
    tasks.retain()
    assert Ban.objects.count() == 0


def test_a_total_before_what_was_let_go_is_what_is_left_there(monkeypatch: pytest.MonkeyPatch) -> None:
    for days in (700, 500, 150):
        some(days, ended=False)
    some(100)
    services.retain(days=30, seconds=60)
    now = timezone.now()
    for until, since, count in ((400, None, 2), (400, 600, 1), (600, None, 1), (120, None, 3)):
        search = Search(
            jail="sshd",
            since=since and now - timedelta(days=since),
            until=now - timedelta(days=until),
        )
        assert bans_page(search=search, cursor=None, page_size=10).total == count
    monkeypatch.setattr(listing, "COUNT_UP_TO", 2)
    page = bans_page(search=Search(), cursor=None, page_size=10)
    assert (page.total, page.at_least) == (2, True)
