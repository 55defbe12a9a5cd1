"""Durations: read as Fail2ban itself reads them, and nothing that it would evaluate as anything else."""

from __future__ import annotations

import json
import subprocess

import pytest

from banguard.core.durations import FOR_EVER, seconds_of
from banguard.core.errors import InvalidInput
from tests.fail2ban.private_server import require_fail2ban

SPELT = [
    "600",
    "10m",
    "1d 12h",
    "1d12h",
    "1h+30min",
    "0d 1h 30m",
    "2 weeks",
    "1mo",
    "6 months",
    "1Year",
    "1.5h",
    "90ss",
    "0",
]
FAIL2BANS_OWN = """
import json, sys
from fail2ban.server.mytime import MyTime
print(json.dumps([MyTime.str2seconds(one) for one in json.load(sys.stdin)]))
"""


def test_it_reads_them_as_fail2ban_does() -> None:
    require_fail2ban()
    told = subprocess.run(
        ["/usr/bin/python3", "-c", FAIL2BANS_OWN], input=json.dumps(SPELT), capture_output=True, text=True, check=True
    )
    assert [seconds_of(one) for one in SPELT] == [int(float(one)) for one in json.loads(told.stdout)]


def test_for_ever_is_minus_one() -> None:
    assert seconds_of(" -1 ") == FOR_EVER


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "abc", "-2", "-1d", "1d-1h", "10m;", "1h*24", "010", "1e9", "٣m", "10 10m", "1d +", "1\nd", "10x"),
        *("__import__('os').system('id')", "9" * 13, "101y", "1d" * 60, "0x10", "1_000", "\x00", "ten minutes"),
    ],
)
def test_nothing_else_is_a_duration(text: str) -> None:
    with pytest.raises(InvalidInput):
        seconds_of(text)
