from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from banguard.web import words

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (45, "45 s"),
        (600, "10 min"),
        (5_400, "1 h 30 min"),
        (93_660, "1 d 2 h"),
        (-1, "for ever"),
        (None, "for ever"),
        (1.9, "1 s"),
    ],
)
def test_a_duration_is_said_in_its_two_largest_units(seconds: float | None, said: str) -> None:
    assert words.duration(seconds) == said


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (timedelta(0), "just now"),
        (timedelta(seconds=40), "40 s ago"),
        (timedelta(minutes=7, seconds=59), "7 min ago"),
        (timedelta(hours=26), "1 d ago"),
        (timedelta(days=30), "2026-10-24"),
        (timedelta(hours=-2), "in 2 h"),
    ],
)
def test_a_moment_is_said_relative_to_now(ago: timedelta, said: str) -> None:
    assert words.relative(NOON - ago, NOON) == said
    assert words.is_far(NOON - ago, NOON) == said.startswith("2026-")


@pytest.mark.parametrize(("text", "said"), [("10m", "10 min"), ("1w 2d", "9 d"), ("-1", "for ever"), ("<x>", "<x>")])
def test_a_duration_of_a_file_is_said_in_words_and_what_is_none_as_it_is(text: str, said: str) -> None:
    assert words.spelt(text) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (True, "yes"),
        (0, "0"),
        (["198.51.100.0/24", "203.0.113.7"], "198.51.100.0/24, 203.0.113.7"),
        ({"must_match": False, "jail": None}, "must_match: no, jail: –"),
        ([], "–"),
    ],
)
def test_what_json_holds_is_said_as_people_write_it(value: object, said: str) -> None:
    assert words.plainly(value) == said
