"""Reading what is new, through the agent: Fail2ban's log, its database, and what its jails hold.

A rowid alone proves nothing: an unban deletes rows, and SQLite then gives the same numbers again; Fail2ban
may also start over with another file. But a number at or before the last row read can only be given again
once that row itself is gone. So each look reads that row too: while it is the one that was read, all that
is new lies after it, and otherwise everything is read again. Storing a row twice changes nothing.

Times are no help here: a ban bears the time of the log line that led to it, which may be minutes old.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from banguard.agent.client import AgentCalls
from banguard.agent.verbs import BLOCKLIST_JAIL, BanRow, LogEvents, Ticket
from banguard.core.errors import Fail2banUnreachable, JailUnknown
from banguard.history.values import Place

LIMIT = 2_000  # rows; a read stays far below what would make Fail2ban wait for its own database
NEVER = 2**40  # seconds since 1970: no ban is that late


@dataclass(frozen=True)
class Found:
    """Rows that are new, the place to remember once they are stored, and whether there are no more of them."""

    rows: tuple[BanRow, ...]
    place: Place
    complete: bool

    def before(self, number: int, start: Place) -> Found:
        """The first ``number`` rows of it; the others are left for the next time."""
        rows = self.rows[:number]
        return Found(rows, place_at(rows[-1]) if rows else start, complete=True)


def new_rows(agent: AgentCalls, place: Place) -> Found:
    """The rows after ``place``, ``LIMIT`` at most."""
    answer = agent.bans_since(rowid=max(place.rowid - 1, 0), since=NEVER, limit=LIMIT)
    rows = answer.rows
    if place.rowid:
        if not rows or place_at(rows[0]) != place:
            return Found(rows=(), place=Place(), complete=False)
        rows = rows[1:]
    return Found(rows, place_at(rows[-1]) if rows else place, answer.complete)


def new_lines(agent: AgentCalls, place: str) -> LogEvents:
    """What the log tells after ``place``; where it cannot be read, nothing, with the reason as the hole."""
    try:
        return agent.log_since(place)
    except Fail2banUnreachable as error:
        return LogEvents(events=(), place=place, complete=True, hole=error.message, source="none")


def held(agent: AgentCalls, jails: Iterable[str]) -> dict[str, tuple[Ticket, ...]]:
    """What each jail holds banned. One that has stopped meanwhile holds nothing; the blocklists' own is not asked."""
    found: dict[str, tuple[Ticket, ...]] = {}
    for jail in jails:
        if jail != BLOCKLIST_JAIL:
            try:
                found[jail] = agent.tickets(jail).tickets
            except JailUnknown:
                continue
    return found


def place_at(row: BanRow) -> Place:
    text = f"{row.jail}\n{row.address}\n{row.banned_at}"
    return Place(row.rowid, hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[: Place.MARK_LENGTH])
