"""Reading what is new in Fail2ban's own database, through the agent.

A rowid alone proves nothing: an unban deletes rows, and SQLite then gives the same numbers again. So a pass
asks for the rows after the last rowid *and* for those of the newest second it has seen. The latter come
again and again until they are old enough that nothing more can join them; storing a row twice changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from banguard.agent.client import AgentCalls
from banguard.agent.verbs import BanRow
from banguard.history.values import Place

BATCH = 2_000  # rows; a read stays far below what would make Fail2ban wait for its own database
NEVER = 2**40  # seconds since 1970: no ban is that late
SETTLED_AFTER = 60  # seconds; Fail2ban writes a ban at once, but dates it by the log line that led to it


def new_rows(agent: AgentCalls, start: Place) -> Iterator[tuple[tuple[BanRow, ...], Place]]:
    """One pass: batches of rows after ``start``, each with the place to remember once it is stored.

    Only the last batch moves ``since`` on, so that a pass that breaks off is read again from its beginning.
    """
    newest, rowid, since = start.since, start.rowid, start.since
    asked_from = start.rowid
    while True:
        answer = agent.bans_since(rowid=asked_from, since=since, limit=BATCH)
        if not answer.rows:
            return
        newest = max(newest, *(row.banned_at for row in answer.rows))
        asked_from = answer.rows[-1].rowid
        rowid = max(rowid, asked_from)
        if answer.complete:
            yield answer.rows, Place(rowid, _settled(newest))
            return
        yield answer.rows, Place(rowid, start.since)
        since = NEVER  # what is older was all in the first batches, in the order of rowids


def _settled(newest: int) -> int:
    now = int(time.time())
    return newest + 1 if newest < now - SETTLED_AFTER else min(newest, now)
