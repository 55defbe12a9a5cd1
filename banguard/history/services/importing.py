"""Bringing older history: Fail2ban's own database, or what a list exported; whatever is there already stays one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

from banguard.accounts import services as accounts
from banguard.core import locks
from banguard.history import archive, exported, normalise, record, store
from banguard.history.values import Brought, Episode
from banguard.servers import services as servers
from banguard.servers.models import Server

BATCH = 5_000  # bans in one transaction; the collector waits for it


def bring(*, path: Path, name: str, moved: Callable[[int], None] = lambda _read: None) -> Brought:
    """Store what the file at ``path`` tells of bans, and say how it went. ``moved`` is told how many were read.

    Each batch is whole in itself: broken off, the same file can be brought again. Raises ``InvalidInput`` where the
    file is neither.
    """
    with accounts.told(action="history.import", target=name[:200], outside=True) as change:
        server, brought = servers.local(), Brought()
        episodes = _episodes(path)
        while some := list(islice(episodes, BATCH)):
            kept = store.kept(episodes=(one for one in some if one is not None))
            brought = _with(brought, len(some), some.count(None), len(kept), _store(server, kept))
            moved(brought.read)
        change.after = vars(brought)
    return brought


def expected(*, path: Path) -> int:
    """How many bans the file may tell of. Raises ``InvalidInput``."""
    return archive.count(path) if archive.is_sqlite(path) else exported.count(path)


def _episodes(path: Path) -> Iterator[Episode | None]:
    if not archive.is_sqlite(path):
        yield from exported.episodes(path)
        return
    for row in archive.rows(path):
        ticket = normalise.ticket_of_row(row)
        yield normalise.episode_of(ticket) if ticket is not None else None


def _with(before: Brought, read: int, unreadable: int, kept: int, stored: int) -> Brought:
    return replace(
        before,
        read=before.read + read,
        stored=before.stored + stored,
        known=before.known + kept - stored,
        unreadable=before.unreadable + unreadable,
        too_old=before.too_old + read - unreadable - kept,
    )


def _store(server: Server, episodes: list[Episode]) -> int:
    """The collector may not write meanwhile: the same ban could be told by its log, with another moment."""
    if not episodes:
        return 0
    with locks.beside(locks.COLLECT, server.pk):
        told = record.told_already(server=server, episodes=episodes)
        return store.insert(server=server, episodes=(one for n, one in enumerate(episodes) if n not in told))
