"""What ``script/bench picture`` logs and brings is what the real filters find, and what history takes."""

from __future__ import annotations

import random
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from banguard.history import exported
from benchmarks.picture import entries
from benchmarks.picturing import past
from benchmarks.picturing.services import SERVICES, Service

FILTERS = {"postfix-sasl": "postfix[mode=auth]"}  # as jail.conf of the package has it
UNTIL = datetime(2026, 11, 27, 4, 0, tzinfo=UTC)
ATTACKERS = [f"198.51.100.{last}" for last in range(1, 20)]


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.jail)
def test_the_real_filter_finds_the_address_of_a_failure(service: Service) -> None:
    line = service.failure("198.51.100.7", random.Random(1), time.time())  # noqa: S311
    command = ["fail2ban-regex", "--out", "ip", line, FILTERS.get(service.jail, service.jail)]
    found = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout
    assert found.split() == ["198.51.100.7"]


def test_all_of_the_past_can_be_brought_and_is_over(tmp_path: Path) -> None:
    file = tmp_path / "older.jsonl"
    file.write_text("".join(past.lines(ATTACKERS, until=UNTIL, days=30, per_day=50, seed=1)))
    brought = [one for one in exported.episodes(file) if one]
    assert len(brought) == exported.count(file) > 500
    assert all(one.banned_at <= one.lifted_at <= UNTIL for one in brought if one.lifted_at)
    assert not [one for one in brought if one.lifted_at is None]
    assert min(one.banned_at for one in brought) < UNTIL - timedelta(days=29)


def test_of_a_feed_the_public_addresses_and_networks_count(tmp_path: Path) -> None:
    feed = tmp_path / "feed.txt"
    feed.write_text("# a list\n\n8.8.8.8\t7\n1.10.16.0/20 ; SBL1\n10.0.0.0/8\nnonsense\n")
    assert entries(feed) == ["8.8.8.8", "1.10.16.0/20"]
