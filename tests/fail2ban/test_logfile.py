"""Following a log through every kind of rotation, without a line lost or read twice."""

import gzip
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from banguard.core.errors import Fail2banUnreachable
from banguard.fail2ban import logfile
from banguard.fail2ban.logfile import HOLE


class Written:
    """A log; each ban has an address and a millisecond of its own, the next one after the last."""

    def __init__(self, path: Path) -> None:
        self.path, self.place, self.count, self.holes = path, "", 0, []

    def write(self, count: int, path: Path | None = None) -> None:
        with (path or self.path).open("a") as log:
            for number in range(self.count, self.count + count):
                stamp = f"2026-11-23 16:{number // 60:02}:{number % 60:02},{number % 1000:03}"
                log.write(f"{stamp} fail2ban.actions [7]: NOTICE  [sshd] Ban 10.0.{number // 250}.{number % 250}\n")
        self.count += count
        os.utime(path or self.path, ns=(time.time_ns(), time.time_ns()))

    def read(self, chunk: int = 1_000) -> list[int]:
        """Numbers of the bans that are new."""
        return list(self._read(chunk))

    def _read(self, chunk: int) -> Iterator[int]:
        complete = False
        while not complete:
            page = logfile.read(self.path, logfile.place_in(self.place), chunk=chunk)
            self.place, complete = page.place, page.complete
            self.holes += [page.hole] if page.hole else []
            for event in page.events:
                third, last = map(int, event.identity.split(".")[2:])
                yield third * 250 + last

    def rename(self, to: str = ".1") -> Path:
        old = self.path.with_name(self.path.name + to)
        self.path.rename(old)
        self.path.touch()
        return old


@pytest.fixture
def log(tmp_path: Path) -> Written:
    written = Written(tmp_path / "fail2ban.log")
    written.write(30)
    return written


def test_it_reads_each_line_once(log):
    assert log.read() == list(range(30))
    log.write(5)
    assert [log.read(), log.read()] == [list(range(30, 35)), []]


def test_half_a_line_is_left_until_it_is_whole(log):
    log.read()
    with log.path.open("a") as file:
        file.write("2026-11-23 16:50:00,000 fail2ban.actions [7]: NOTICE  [sshd] Ban 10.0")
    assert log.read() == []
    with log.path.open("a") as file:
        file.write(".0.40\n")
    assert log.read() == [40]


def test_what_is_still_written_into_a_renamed_log_is_read(log):
    log.read()
    old = log.rename()
    log.write(3, old)
    assert log.read() == [30, 31, 32]
    log.write(2, old)
    log.write(4)
    assert log.read() == list(range(33, 39))
    assert log.holes == []


@pytest.mark.parametrize("compressed", [False, True])
def test_it_catches_up_over_several_rotations(log, compressed):
    log.read()
    log.write(5)
    for number in (2, 1):
        old = log.rename(f".{number}")
        if compressed:
            with gzip.open(f"{old}.gz", "wb") as packed:
                packed.write(old.read_bytes())
            old.unlink()
        log.write(5)
    assert log.read() == list(range(30, 45))
    assert log.holes == []


def test_a_log_that_is_copied_and_truncated_is_read_to_its_end(log):
    log.read()
    log.write(5)
    shutil.copyfile(log.path, log.path.with_name("fail2ban.log.1"))
    os.truncate(log.path, 0)
    log.write(60)
    assert log.read() == list(range(30, 95))
    assert log.holes == []


def test_who_stops_between_two_parts_finds_the_next_although_it_was_copied_and_truncated(log):
    log.read()
    log.write(5)
    log.rename()
    log.write(3)
    found = one_page(log) + one_page(log)  # then it dies, and the log is rotated by copying before the next one leads
    log.path.with_name("fail2ban.log.1").rename(log.path.with_name("fail2ban.log.2"))
    shutil.copyfile(log.path, log.path.with_name("fail2ban.log.1"))
    os.truncate(log.path, 0)
    assert (found + log.read(), log.holes) == (list(range(30, 38)), [])


def one_page(log: Written) -> list[int]:
    page = logfile.read(log.path, logfile.place_in(log.place))
    log.place = page.place
    return [int(event.identity.split(".")[3]) for event in page.events]


@pytest.mark.parametrize("written", [0, 3])
def test_no_place_is_the_very_beginning_of_a_part_that_follows_another(log, written):
    log.read()
    log.rename()
    log.write(written)
    with log.path.open("a") as half:
        half.write("2026-11-23 16:5")
    one_page(log)
    for _ in range(3):
        one_page(log)
        place = logfile.place_in(log.place)
        assert place is not None
        assert place.offset > 0


def test_the_first_time_it_begins_with_the_oldest_part(log):
    log.rename("-20261123")
    log.write(5)
    assert log.read() == list(range(35))


def test_a_truncation_is_a_hole_and_no_line_comes_twice(log):
    log.read()
    log.write(3)
    os.truncate(log.path, 0)
    log.write(3)
    assert log.read() == [33, 34, 35]
    assert log.holes == [HOLE]


def test_after_a_hole_what_was_read_before_is_passed_over(log):
    log.read()
    first = log.path.read_bytes()
    log.path.unlink()
    log.path.write_bytes(b"# another beginning\n" + first)
    log.write(3)
    assert log.read(chunk=400) == [30, 31, 32]
    assert log.holes == [HOLE]


def test_files_of_others_and_copies_are_no_parts(log):
    for name in ("fail2ban.log.bak", "fail2ban.log.1~", "xfail2ban.log.1"):
        shutil.copyfile(log.path, log.path.with_name(name))
    log.path.with_name("fail2ban.log.2").symlink_to("/etc/passwd")
    if os.geteuid() == 0:
        shutil.copyfile(log.path, log.path.with_name("fail2ban.log.3"))
        os.chown(log.path.with_name("fail2ban.log.3"), 65534, 65534)
    assert log.read() == list(range(30))


def test_a_line_without_an_end_does_not_stop_it(log):
    with log.path.open("a") as file:
        file.write("x" * 5_000 + "\n")
    log.write(2)
    assert log.read(chunk=700) == list(range(32))


@pytest.mark.parametrize("place", ["", "file:1", "file:1:-2:0123456789abcdef:3", "file:1:2:0123456789abcdef:3\n", "x"])
def test_what_is_no_place_names_none(place):
    assert logfile.place_in(place) is None


def test_a_log_that_is_not_there_is_said(tmp_path):
    with pytest.raises(Fail2banUnreachable, match="not there"):
        logfile.read(tmp_path / "nosuch.log", None)
