"""Which lines of Fail2ban's log are events, and which only look like one."""

import time

import pytest

from banguard.fail2ban.loglines import Clock, event_in, events_in

HEAD = "2026-11-23 16:39:33,907 fail2ban.actions        [22974]: NOTICE  "


def events(*lines: str) -> list:
    return list(events_in([line.encode() for line in lines], Clock()))


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("line", "kind", "identity"),
    [
        (HEAD + "[sshd] Ban 192.0.2.1", "ban", "192.0.2.1"),
        (HEAD + "[sshd] Unban 2001:db8::/64", "unban", "2001:db8::/64"),
        (HEAD + "[sshd] Restore Ban 192.0.2.1", "restore", "192.0.2.1"),
        (HEAD + "[sshd] Flush ticket(s) with nftables", "flush", ""),
        (
            "2026-11-23 16:39:33,907 fail2ban.filter [1]: INFO    [sshd] Found 192.0.2.1 - 2026-11-23 16:39:30",
            "found",
            "192.0.2.1",
        ),
        ("2026-11-23 16:39:33,907 fail2ban.jail           [22974]: INFO    Jail 'sshd' stopped", "stopped", ""),
    ],
)
def test_it_knows_the_lines_of_bans(line, kind, identity):
    assert [(event.kind, event.jail, event.identity) for event in events(line)] == [(kind, "sshd", identity)]


def test_an_increase_tells_count_and_end():
    line = "2026-11-23 16:39:33,907 fail2ban.observer [7]: NOTICE  [sshd] Increase Ban 192.0.2.1 (2 # {} -> {})"
    until, never = events(line.format("1 day, 0:00:06", "2026-11-24 16:39:39"), line.format("permanent", "infinite"))
    assert (until.count, until.until - until.at // 1000) == (2, 86_406)
    assert never.until == -1


@pytest.mark.parametrize(
    "line",
    [
        "",
        "garbage",
        HEAD,
        HEAD + "[sshd] Ban ",
        HEAD + "[sshd] Ban 192.0.2.1 and more",
        HEAD + "[sshd] 192.0.2.1 already banned",
        HEAD + "[sshd\x00] Ban 192.0.2.1",
        "x" + HEAD + "[sshd] Ban 192.0.2.1",
        "2026-13-45 16:39:33,907 fail2ban.actions [1]: NOTICE  [sshd] Ban 192.0.2.1",
        "2026-11-23 16:39:33,907 sshd.actions [1]: NOTICE  [sshd] Ban 192.0.2.1",
        # What an attacker writes into a log that is being read shows up inside a line, at most.
        "2026-11-23 16:39:33,907 fail2ban.filter [1]: DEBUG   Matched '" + HEAD + "[sshd] Ban 192.0.2.1",
        "2026-11-23 16:39:33,907 fail2ban.filter [1]: DEBUG   user\r" + HEAD + "[sshd] Ban 192.0.2.1",
        "2026-11-23 16:39:33,907 fail2ban.filter [1]: DEBUG   user\u2028" + HEAD + "[sshd] Ban 192.0.2.1",
        "2026-11-23 16:39:33,907 fail2ban.filter [1]: INFO    [sshd] Found x] Ban 192.0.2.1 - 2026-11-23 16:39:30",
    ],
)
def test_nothing_else_is_an_event(line):
    assert events(line) == []


def test_the_hour_that_comes_twice_is_told_by_the_lines_before(berlin):
    line = "2026-10-25 {} fail2ban.actions [1]: NOTICE  [sshd] Ban 192.0.2.1"
    found = events(line.format("02:10:00,000"), line.format("02:50:00,000"), line.format("02:10:00,000"))
    assert [event.at - found[0].at for event in found] == [0, 2_400_000, 3_600_000]


@pytest.mark.parametrize("text", ["[sshd] Ban 192.0.2.1", "NOTICE [sshd] Ban 192.0.2.1", HEAD + "[sshd] Ban 192.0.2.1"])
def test_the_journal_holds_messages_or_whole_lines(text):
    event = event_in("fail2ban.actions", text, 1_000, int)
    assert event is not None
    assert (event.kind, event.at, event.identity) == ("ban", 1_000, "192.0.2.1")
