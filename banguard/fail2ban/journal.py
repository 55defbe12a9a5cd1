"""Following Fail2ban's log in the systemd journal.

Only what the server's own process wrote counts, by fields that the journal itself fills in and no sender can
forge: anybody may write an entry that calls itself "fail2ban".
"""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO

from banguard.core.errors import Fail2banUnreachable
from banguard.fail2ban.loglines import event_in
from banguard.fail2ban.values import LogEvent, LogPage

LIMIT = 5_000  # entries of one page
SECONDS = 20.0  # for one page; then the journal is taken for stuck
LONGEST = 64 * 1024  # characters of one entry
HOLE = "the journal no longer holds the entry that was read last"
_TRUSTED = ("_UID=0", "_COMM=fail2ban-server")
_FIELDS = "MESSAGE,LOGGER,SYSLOG_IDENTIFIER"
_PLACE = re.compile(r"journal:\d{1,15}:(?P<cursor>[A-Za-z0-9=;\-]{1,400})")


def cursor_in(place: str) -> str | None:
    """The cursor that ``place`` names, or None where it names none."""
    found = _PLACE.fullmatch(place)
    return found and found["cursor"]


def read(cursor: str | None, *, since: int = 0, folder: Path | None = None, limit: int = LIMIT) -> LogPage:
    """What follows ``cursor``; without one, what is newer than ``since``, in milliseconds since 1970.

    Raises ``Fail2banUnreachable``.
    """
    with _entries(cursor, since, folder) as entries:
        some = list(islice(entries, limit + 1))
    hole = ""
    if cursor is not None:
        # The entry at the cursor comes too, to show that it is still there.
        if some and some[0].get("__CURSOR") == cursor:
            some = some[1:]
        else:
            hole = HOLE
    page = some[:limit]
    events = tuple(event for entry in page if (event := _event(entry)))
    place = f"journal:{_milliseconds(page[-1]) or since}:{page[-1].get('__CURSOR')}" if page else ""
    return LogPage(events, place, len(some) <= limit, hole, "journal")


@contextmanager
def _entries(cursor: str | None, since: int, folder: Path | None) -> Iterator[Iterator[dict[str, object]]]:
    program = shutil.which("journalctl")
    if program is None:
        raise _unreadable("journalctl is not installed")
    order = [program, "--quiet", "--no-pager", "--output=json", f"--output-fields={_FIELDS}", *_TRUSTED]
    order += [f"--directory={folder}"] if folder else []
    order += [f"--cursor={cursor}"] if cursor else [f"--since=@{since // 1000}"]
    with subprocess.Popen(order, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:  # noqa: S603 - no shell
        stuck = threading.Timer(SECONDS, process.kill)
        stuck.start()
        assert process.stdout is not None  # noqa: S101 - it was asked for
        try:
            yield _parsed(process.stdout)
        finally:
            stuck.cancel()
            process.terminate()
    if process.returncode not in {0, -signal.SIGTERM}:
        raise _unreadable(f"journalctl ended with {process.returncode}")


def _parsed(lines: IO[bytes]) -> Iterator[dict[str, object]]:
    for line in lines:
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(entry, dict):
            yield entry


def _event(entry: dict[str, object]) -> LogEvent | None:
    message, at = entry.get("MESSAGE"), _milliseconds(entry)
    logger = entry.get("LOGGER") or entry.get("SYSLOG_IDENTIFIER")
    # What is not text comes as a list of bytes, and what is too long as null: none of it is ours.
    if not isinstance(message, str) or not isinstance(logger, str) or len(message) > LONGEST or at is None:
        return None
    # Half of a surrogate pair is a string to JSON, but cannot be written out again.
    message = message.encode("utf-8", "replace").decode("utf-8")
    return event_in(logger, message, at, _seconds)


def _milliseconds(entry: dict[str, object]) -> int | None:
    stamp = str(entry.get("__REALTIME_TIMESTAMP"))  # microseconds
    return int(stamp) // 1000 if re.fullmatch(r"[0-9]{4,18}", stamp) else None


def _seconds(text: str) -> int:
    return int(datetime.fromisoformat(text).astimezone().timestamp())


def _unreadable(reason: str) -> Fail2banUnreachable:
    return Fail2banUnreachable(f"The journal cannot be read: {reason}.", reason=f"log: {reason}")
