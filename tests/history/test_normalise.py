"""From Fail2ban's rows, however odd, to what PostgreSQL can hold."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banguard.agent.verbs import BanRow
from banguard.core.networks import parse_network
from banguard.history.normalise import FAR, episodes
from banguard.history.values import Episode, Origin

ROW = BanRow(
    rowid=1,
    jail="sshd",
    address=parse_network("203.0.113.7"),
    banned_at=1_767_268_800,
    ban_time=600,
    ban_count=1,
    failures=5,
    matches=("a line",),
)


def episode(**changes: object) -> Episode:
    (found,) = episodes([ROW.model_copy(update=changes)])
    return found


def test_a_plain_row_becomes_an_episode() -> None:
    found = episode()
    assert found.banned_at == datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert found.expires_at == datetime(2026, 1, 1, 12, 10, tzinfo=UTC)
    assert (found.jail, str(found.address), found.origin) == ("sshd", "203.0.113.7/32", Origin.JAIL)


def test_a_row_that_names_no_address_is_left_out() -> None:
    assert list(episodes([ROW.model_copy(update={"address": None}), ROW])) == [episode()]


@pytest.mark.parametrize(
    ("changes", "origin"),
    [
        ({"failures": 0, "matches": ()}, Origin.MANUAL),
        ({"failures": 0, "matches": ("a line",)}, Origin.JAIL),
        ({"jail": "banguard-blocklist", "failures": 0, "matches": ()}, Origin.BLOCKLIST),
    ],
)
def test_the_row_tells_who_banned(changes: dict[str, object], origin: Origin) -> None:
    assert episode(**changes).origin is origin


def test_a_ban_for_ever_has_no_end() -> None:
    assert episode(ban_time=-1).expires_at is None


@pytest.mark.parametrize("ban_time", [10**9 * 300, 10**12, 10**15, 2**63 - 1])
def test_a_huge_ban_time_ends_far_away(ban_time: int) -> None:
    assert episode(ban_time=ban_time).expires_at == FAR


@pytest.mark.parametrize("banned_at", [-(2**63), -1, 0, 2**40, 10**15, 2**63 - 1])
def test_a_ban_outside_of_all_times_is_kept_within_them(banned_at: int) -> None:
    assert datetime(1970, 1, 1, tzinfo=UTC) <= episode(banned_at=banned_at).banned_at <= FAR


def test_what_postgresql_cannot_hold_is_replaced_or_cut() -> None:
    found = episode(jail="a\x00" + "b" * 100, matches=("x\x00y", "z" * 9_000), ban_count=2**40, failures=-3)
    assert found.jail == "a\N{REPLACEMENT CHARACTER}" + "b" * 62
    assert found.matches == ("x\N{REPLACEMENT CHARACTER}y", "z" * 2_000)
    assert (found.ban_count, found.failures) == (2**31 - 1, 0)


numbers = st.integers(-(2**63), 2**63 - 1)


@given(numbers, numbers, numbers, numbers)
def test_no_numbers_break_it(banned_at: int, ban_time: int, ban_count: int, failures: int) -> None:
    assert episode(banned_at=banned_at, ban_time=ban_time, ban_count=ban_count, failures=failures)
