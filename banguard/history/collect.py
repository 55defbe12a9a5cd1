"""Reading what is new in Fail2ban's own database, through the agent.

A rowid alone proves nothing: an unban deletes rows, and SQLite then gives the same numbers again; Fail2ban
may also start over with another file. But a number at or before the last row read can only be given again
once that row itself is gone. So each look reads that row too: while it is the one that was read, all that
is new lies after it, and otherwise everything is read again. Storing a row twice changes nothing.

Times are no help here: a ban bears the time of the log line that led to it, which may be minutes old.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from banguard.agent.client import AgentCalls
from banguard.agent.verbs import BanRow
from banguard.history.values import Place

LIMIT = 2_000  # rows; a read stays far below what would make Fail2ban wait for its own database
NEVER = 2**40  # seconds since 1970: no ban is that late


@dataclass(frozen=True)
class Found:
    """Rows that are new, the place to remember once they are stored, and whether there are no more of them."""

    rows: tuple[BanRow, ...]
    place: Place
    complete: bool


def new_rows(agent: AgentCalls, place: Place) -> Found:
    """The rows after ``place``, ``LIMIT`` at most."""
    answer = agent.bans_since(rowid=max(place.rowid - 1, 0), since=NEVER, limit=LIMIT)
    rows = answer.rows
    if place.rowid:
        if not rows or _place_at(rows[0]) != place:
            return Found(rows=(), place=Place(), complete=False)
        rows = rows[1:]
    return Found(rows, _place_at(rows[-1]) if rows else place, answer.complete)


def _place_at(row: BanRow) -> Place:
    text = f"{row.jail}\n{row.address}\n{row.banned_at}"
    return Place(row.rowid, hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[: Place.MARK_LENGTH])
