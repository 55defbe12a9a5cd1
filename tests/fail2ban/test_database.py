import json
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from banguard.core.errors import Fail2banUnreachable
from banguard.core.networks import parse_network
from banguard.fail2ban.database import MAX_MATCH_LENGTH, BanDatabase, _details, _matches

TABLES = """
CREATE TABLE jails(name TEXT NOT NULL UNIQUE, enabled INTEGER NOT NULL DEFAULT 1);
CREATE TABLE bans(jail TEXT NOT NULL, ip TEXT, timeofban INTEGER NOT NULL, bantime INTEGER NOT NULL,
    bancount INTEGER NOT NULL DEFAULT 1, data JSON);
CREATE INDEX bans_jail_timeofban_ip ON bans(jail, timeofban);
INSERT INTO jails(name) VALUES ('sshd');
"""
FUTURE = 2**40


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "odd name?#%.sqlite3"
    with closing(sqlite3.connect(file)) as database:
        database.executescript(TABLES)
    return file


def insert(path: Path, ip: object = "192.0.2.1", at: object = 100, data: object = None) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("INSERT INTO bans VALUES ('sshd', ?, ?, 600, 1, ?)", (ip, at, data))


def read(path: Path, rowid: int = 0, since: int = FUTURE, limit: int = 100):
    return BanDatabase(path).bans_since(rowid, since, limit)


def test_a_row_is_read_whole(path):
    lines = [["", "2026-11-23 16:43:35", " login failed"], "another line"]
    insert(path, data=json.dumps({"matches": lines, "failures": 3}).encode())
    (row,) = read(path).rows
    assert (row.rowid, row.jail, row.identity, row.banned_at) == (1, "sshd", "192.0.2.1", 100)
    assert (row.ban_time, row.ban_count, row.failures) == (600, 1, 3)
    assert row.matches == ("2026-11-23 16:43:35 login failed", "another line")


def test_it_gives_what_is_newer_by_row_or_by_time_in_order(path):
    for at in (100, 200, 300, 50):
        insert(path, at=at)
    assert [row.rowid for row in read(path, rowid=3, since=200).rows] == [2, 3, 4]
    assert [row.rowid for row in read(path, rowid=4).rows] == []


def test_a_page_that_was_cut_says_so_and_can_be_continued(path):
    for at in range(5):
        insert(path, at=at)
    first = read(path, since=0, limit=3)
    rest = read(path, rowid=first.rows[-1].rowid, limit=3)
    assert (first.complete, rest.complete) == (False, True)
    assert [row.rowid for row in (*first.rows, *rest.rows)] == [1, 2, 3, 4, 5]


def test_numbers_beyond_what_the_file_can_hold_are_no_error(path):
    insert(path)
    assert read(path, rowid=2**80, since=2**80).rows == ()


@pytest.mark.parametrize(
    "data",
    [
        None,
        b"",
        b"\xff\xfe",
        "not json",
        "[1]",
        "5",
        b"\x80\x04.",
        '{"matches": "x", "failures": "y"}',
        "[" * 100_000,
        '{"failures": 1e400}',
        '{"failures": ' + "9" * 5000 + "}",
        '{"failures": true, "matches": {"a": 1}}',
        7,
        1.5,
    ],
)
def test_odd_data_costs_the_details_not_the_ban(path, data):
    insert(path, data=data)
    (row,) = read(path).rows
    assert (row.identity, row.failures, row.matches) == ("192.0.2.1", 0, ())


def test_odd_values_in_every_column_are_read(path):
    insert(path, ip=b"\xff\x00", at="yesterday")
    insert(path, ip=None, at=1.5)
    assert [row.identity for row in read(path).rows] == ["\ufffd\x00", ""]


def test_odd_matches_are_cut_to_text(path):
    insert(path, data=json.dumps({"matches": [5, None, [1, "a", ["b"]], "x" * 9999, "half \ud800"]}))
    (row,) = read(path).rows
    assert row.matches == ("", "", "a", "x" * MAX_MATCH_LENGTH, "half ?")


@given(st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=20))
def test_whatever_the_matches_are_they_become_text(value):
    assert all(isinstance(match, str) for match in _matches(value))


@given(st.binary(max_size=200))
def test_whatever_the_data_is_it_becomes_a_dictionary(data):
    assert isinstance(_details(data), dict)


def test_it_says_that_there_is_no_file(tmp_path):
    with pytest.raises(Fail2banUnreachable, match="unable to open"):
        read(tmp_path / "nosuch")
    assert not (tmp_path / "nosuch").exists()


def test_it_says_that_the_file_is_something_else(tmp_path):
    (tmp_path / "file").write_bytes(b"not a database " * 100)
    with pytest.raises(Fail2banUnreachable, match="not a database"):
        read(tmp_path / "file")


def test_it_waits_for_a_writer_that_is_quick(path):
    insert(path)
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        threading.Timer(0.3, lambda: writer.execute("COMMIT")).start()
        assert len(read(path).rows) == 1


def test_it_leaves_no_lock_behind(path):
    for _ in range(3):
        insert(path)
    read(path, limit=1)
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        writer.execute("ROLLBACK")


def test_a_ban_of_the_real_server_is_read(real):
    real.client.ban("lab", [parse_network("2001:db8::7")])
    until = time.monotonic() + 5
    while "2001:db8::7" not in [row.identity for row in read(real.database_path).rows]:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert read(real.database_path).rows[-1].ban_time == 600
