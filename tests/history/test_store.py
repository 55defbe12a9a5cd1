"""Batches of bans as PostgreSQL takes them: what any text may hold, and bans that are known already."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from banguard.core import networks
from banguard.history import store
from banguard.history.models import Ban, BanMatches
from banguard.history.values import Episode, LiftReason, Origin
from banguard.servers import services as servers

AT = datetime(2026, 3, 4, 5, 6, 7, 891_011, UTC)
NASTY = ["\\N", "\\.", "a\tb", "a\nb\r\n", 'say "so", {or} not', "\\", "\\\\t", "NULL", "", " ", "ünï\N{SNOWMAN}", ","]
# Whatever a line may be once it was normalised: no NUL, and no half of a surrogate pair.
TEXTS = some.text(some.characters(exclude_characters="\x00", exclude_categories=["Cs"]))


def episode(number: int, **values: object) -> Episode:
    return Episode(
        **{
            "jail": "sshd",
            "address": networks.parse_network(f"203.0.113.{number}"),
            "origin": Origin.JAIL,
            "banned_at": AT + timedelta(seconds=number),
            "expires_at": None,
            "ban_count": 1,
            "failures": 3,
            "matches": (),
            **values,
        }  # type: ignore[arg-type]
    )


def stored(*episodes: Episode) -> int:
    return store.insert(server=servers.local(), episodes=episodes)


def test_every_text_comes_back_as_it_was(db: None) -> None:
    assert stored(*(episode(n, jail=text, matches=(text, *NASTY)) for n, text in enumerate(NASTY, 1))) == len(NASTY)
    assert list(Ban.objects.order_by("banned_at").values_list("jail", flat=True)) == NASTY
    assert [row.lines for row in BanMatches.objects.order_by("banned_at")] == [[text, *NASTY] for text in NASTY]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(lines=some.lists(TEXTS, min_size=1, max_size=5).map(tuple))
def test_any_lines_come_back_as_they_were(db: None, lines: tuple[str, ...]) -> None:
    Ban.objects.all().delete()
    assert stored(episode(1, matches=lines)) == 1
    assert tuple(BanMatches.objects.get().lines) == lines


def test_every_value_comes_back_as_it_was(db: None) -> None:
    whole = {"expires_at": AT + timedelta(days=1), "failed_at": AT - timedelta(microseconds=1)}
    ended = {"lifted_at": AT + timedelta(hours=1), "lift_reason": LiftReason.MANUAL}
    network = networks.parse_network("2001:db8::/48")
    assert stored(episode(1, ban_count=7, **whole, **ended), episode(2, address=network)) == 2
    first, second = Ban.objects.order_by("banned_at")
    assert (first.banned_at, first.expires_at, first.failed_at) == (AT + timedelta(seconds=1), *whole.values())
    assert (first.lifted_at, first.lift_reason, first.ban_count, first.failures) == (*ended.values(), 7, 3)
    assert (second.expires_at, second.failed_at, second.lifted_at, second.lift_reason) == (None, None, None, "")
    assert str(second.address) == "2001:db8::/48"


def test_what_is_known_already_keeps_nothing_else_from_being_stored(db: None) -> None:
    assert stored(episode(1, matches=("first",)), episode(2)) == 2
    assert stored(episode(2, matches=("late",)), episode(3, matches=("new",)), episode(3), episode(4)) == 2
    assert stored(*(episode(n) for n in range(1, 5))) == 0
    assert Ban.objects.count() == 4
    assert [row.lines for row in BanMatches.objects.order_by("banned_at")] == [["first"], ["new"]]


def test_a_fault_in_one_stores_none(transactional_db: None) -> None:
    with pytest.raises(psycopg.DataError), transaction.atomic():
        stored(episode(1), episode(2, matches=("a\x00b",)))
    assert not Ban.objects.exists()
