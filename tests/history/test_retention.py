"""Letting go of old bans: rows go, what was counted of them stays, and lists and totals agree."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from banguard.history import services, tasks
from banguard.history.models import Address, Ban, BanMatches, Ranked, Retained, Top
from banguard.history.search import Range, Search
from banguard.history.selectors import bans_page, listing, statistics, tallies
from banguard.history.services import retention
from banguard.history.values import Dimension, TopKind
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


def a_month_ago(day: int) -> datetime:
    """Noon of that day of the last whole month."""
    first = timezone.now().astimezone(UTC).replace(day=1, hour=12, minute=0, second=0, microsecond=0)
    return (first - timedelta(days=1)).replace(day=day)


def banned(at: datetime, number: int, *, jail: str = "sshd", ended: bool = True) -> None:
    told = {"server": servers.local(), "origin": "jail", "address": f"203.0.113.{number}", "banned_at": at}
    Ban.objects.create(**told, jail=jail, lifted_at=at if ended else None)


def let_go_before(moment: datetime) -> None:
    services.retain(days=(timezone.now() - moment).days, seconds=60)


def top_of(grain: str, at: datetime) -> dict[str, int]:
    rows = Top.objects.filter(kind=TopKind.ADDRESS, grain=grain, period=tallies.down(at, grain))
    return dict(rows.values_list("value", "count"))


def test_a_month_is_ranked_by_its_days_where_its_bans_were_let_go() -> None:
    early, late = a_month_ago(3), a_month_ago(20)
    for number, at in ((1, early), (1, early), (1, late), (2, late)):
        banned(at + timedelta(seconds=Ban.objects.count()), number)
    services.rank(most=(timezone.now() - early).days - 1)  # the days, which stand before the months
    Ranked.objects.filter(grain="m").delete()
    Top.objects.filter(grain="m").delete()
    let_go_before(a_month_ago(10))
    assert Ban.objects.count() == 2
    services.rank()
    assert top_of("m", early) == {"203.0.113.1/32": 3, "203.0.113.2/32": 1}


def test_a_day_that_was_let_go_unranked_stays_so_and_holds_up_nothing() -> None:
    early, late = a_month_ago(3), a_month_ago(20)
    for number in range(3):
        banned(early, number, ended=number > 0)
    banned(late, 9)
    let_go_before(a_month_ago(10))
    services.rank()
    assert top_of("d", early) == {}
    assert not Ranked.objects.filter(grain="d", period=tallies.down(early, "d")).exists()
    assert top_of("m", early) == {"203.0.113.0/32": 1, "203.0.113.9/32": 1}
    assert services.rank() == 0


@pytest.mark.parametrize("grain", ["d", "m"])
def test_a_late_ban_takes_nothing_from_what_was_ranked_before_bans_were_let_go(grain: str) -> None:
    early = a_month_ago(3)
    for number in range(4):
        banned(early + timedelta(seconds=number), 1)
    services.rank()
    let_go_before(a_month_ago(10))
    banned(early, 1, jail="late", ended=False)
    banned(early, 2, jail="late", ended=False)
    assert not Ranked.objects.filter(grain=grain, period=tallies.down(early, grain)).exists()
    assert services.rank() == 2
    assert top_of(grain, early) == {"203.0.113.1/32": 4, "203.0.113.2/32": 1}
