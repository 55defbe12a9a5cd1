"""Reading what is new in Fail2ban's own database, through the agent."""

from __future__ import annotations

from collections.abc import Iterator

from banguard.agent.client import Agent
from banguard.agent.verbs import BanRow
from banguard.history.values import Place

BATCH = 2_000  # rows; a read stays far below what would make Fail2ban wait for its own database


def new_rows(agent: Agent, place: Place) -> Iterator[tuple[tuple[BanRow, ...], Place]]:
    """Batches of rows after ``place``, each with the place to remember once it is stored.

    Rows of the place's own second come again: an unban frees its rowid, so a newer row may have a smaller
    one, and only the time tells. Storing a row twice changes nothing.
    """
    while True:
        answer = agent.bans_since(rowid=place.rowid, since=place.since, limit=BATCH)
        reached = place_after(answer.rows, place)
        yield answer.rows, reached
        if answer.complete or reached == place:
            return
        place = reached


def place_after(rows: tuple[BanRow, ...], place: Place) -> Place:
    """Where to go on after ``rows``, which began at ``place``."""
    if not rows:
        return place
    return Place(rowid=max(row.rowid for row in rows), since=max(place.since, *(row.banned_at for row in rows)))
