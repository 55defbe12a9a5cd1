"""Reading Fail2ban's own database without ever standing in its way.

A reader that keeps a transaction open for five seconds makes Fail2ban lose bans; an unfinished cursor
counts as one. So each read opens the file read-only, fetches one page whole, and closes.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from banguard.core.errors import Fail2banUnreachable
from banguard.fail2ban.values import BanPage, BanRow

MAX_MATCHES = 100  # kept of one ban; Fail2ban itself keeps ten
MAX_MATCH_LENGTH = 1_000  # characters
_WAIT_SECONDS = 2.0  # with none at all, one read in five fails while many bans are written
_LARGEST = 2**63 - 1

_AFTER = """
    SELECT rowid, jail, ip, timeofban, bantime, bancount, data FROM bans
    WHERE rowid > ? ORDER BY rowid LIMIT ?"""
# The only index with a time in it begins with the jail, hence the join: 0.4 ms where a scan of 100,000 rows takes 16.
_BEFORE_BUT_RECENT = """
    SELECT rowid, jail, ip, timeofban, bantime, bancount, data FROM bans
    WHERE rowid <= ? AND rowid IN (
        SELECT bans.rowid FROM jails CROSS JOIN bans ON bans.jail = jails.name AND bans.timeofban >= ?
    ) ORDER BY rowid LIMIT ?"""


class BanDatabase:
    """The SQLite file at ``path``. Every read raises ``Fail2banUnreachable`` when it cannot be made."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def bans_since(self, rowid: int, since: int, limit: int) -> BanPage:
        """The rows after ``rowid`` or not older than ``since``, in rowid order, ``limit`` at most.

        Both, because a rowid is given again once its ban was lifted. To go on after a page that was cut,
        ask from its last rowid and with a ``since`` in the future: the older rows were all in it.
        """
        rowid, since = min(rowid, _LARGEST), min(since, _LARGEST)
        try:
            with closing(self._opened()) as database:
                rows = database.execute(_BEFORE_BUT_RECENT, (rowid, since, limit + 1)).fetchall()
                rows += database.execute(_AFTER, (rowid, limit + 1 - len(rows))).fetchall()
        except sqlite3.Error as error:
            raise Fail2banUnreachable(
                f"Fail2ban's database {self._path} cannot be read: {error}.", reason=str(error), path=str(self._path)
            ) from error
        return BanPage(rows=tuple(ban_row(row) for row in rows[:limit]), complete=len(rows) <= limit)

    def _opened(self) -> sqlite3.Connection:
        location = f"{self._path.absolute().as_uri()}?mode=ro"
        database = sqlite3.connect(location, uri=True, timeout=_WAIT_SECONDS, isolation_level=None)
        database.text_factory = _decoded
        return database


def _decoded(text: bytes) -> str:
    return text.decode("utf-8", "replace")


def ban_row(row: Sequence[object]) -> BanRow:
    """Of the columns that the queries above name, each of which may hold anything."""
    rowid, jail, identity, banned_at, ban_time, ban_count, data = row
    details = _details(data)
    return BanRow(
        rowid=_integer(rowid, 0),
        jail=_text(jail),
        identity=_text(identity),
        banned_at=_integer(banned_at, 0),
        ban_time=_integer(ban_time, -1),
        ban_count=_integer(ban_count, 1),
        failures=_integer(details.get("failures"), 0),
        matches=_matches(details.get("matches")),
    )


def _details(data: object) -> dict[str, object]:
    """``{"matches": [...], "failures": 3, ...}``, or nothing of it: log lines end up in here, so anything may."""
    if not isinstance(data, bytes | str):
        return {}
    try:
        read = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def _matches(value: object) -> tuple[str, ...]:
    return tuple(_match(part) for part in value[:MAX_MATCHES]) if isinstance(value, list) else ()


def _match(value: object) -> str:
    """A match is a line, or the line in three parts: before its date, the date, and after it."""
    parts = value if isinstance(value, list) else [value]
    return _text("".join(part for part in parts if isinstance(part, str)))[:MAX_MATCH_LENGTH]


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return _decoded(value)
    # Half of a surrogate pair is a string to JSON and to Python, but cannot be written out again.
    return str(value).encode("utf-8", "replace").decode("utf-8") if value is not None else ""


def _integer(value: object, otherwise: int) -> int:
    fits = isinstance(value, int) and not isinstance(value, bool) and -_LARGEST <= value <= _LARGEST
    return value if fits and isinstance(value, int) else otherwise
