"""Bringing older history: Fail2ban's own database, or what a list exported; whatever is there already stays one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from banguard.accounts import services as accounts
from banguard.core import locks
from banguard.history import archive, exported, normalise, record, selectors, store
from banguard.history.values import Brought, Episode, LiftReason
from banguard.servers import selectors as known
from banguard.servers import services as servers
from banguard.servers.models import Server

BATCH = 2_000  # bans in one transaction; the collector waits for it
SETTLED = timedelta(minutes=1)  # that the collector may be behind with what it has read


@dataclass(frozen=True)
class _Target:
    """A server to which bans are put down. ``followed``: of what began before, history has all that it holds now."""

    server: Server
    followed: datetime | None


def bring(*, path: Path, name: str, moved: Callable[[int], None] = lambda _read: None) -> Brought:
    """Store what the file at ``path`` tells of bans, and say how it went. ``moved`` is told how many were read.

    Each batch is whole in itself: broken off, the same file can be brought again. Raises ``InvalidInput`` where the
    file is neither.
    """
    with accounts.told(action="history.import", target=name[:200], outside=True) as change:
        now, targets, brought = record.now(), _targets(), Brought()
        episodes = _in_time(_episodes(path), now + store.AHEAD)
        while some := list(islice(episodes, BATCH)):
            brought = _with(brought, some, *_stored(some, targets, now))
            moved(brought.read)
        change.after = vars(brought)
    return brought


def expected(*, path: Path) -> int:
    """How many bans the file may tell of. Raises ``InvalidInput``."""
    return archive.count(path) if archive.is_sqlite(path) else exported.count(path)


def _episodes(path: Path) -> Iterator[Episode | None]:
    if not archive.is_sqlite(path):
        exported.refuse_other(path)
        yield from exported.episodes(path)
        return
    for row in archive.rows(path):
        ticket = normalise.ticket_of_row(row)
        yield normalise.episode_of(ticket) if ticket is not None else None


def _in_time(episodes: Iterable[Episode | None], latest: datetime) -> Iterator[Episode | None]:
    """None where one is dated later: no ban can have been made then, so who knows what the line tells of."""
    return (one if one is None or one.banned_at <= latest else None for one in episodes)


def _targets() -> dict[str, _Target]:
    """By name; "" is the server beside us, which also gets the bans of servers that are not known here."""
    every = {"": servers.local()} | {server.name: server for server in known.every()}
    untils = {name: selectors.followed_until(server=server) for name, server in every.items()}
    return {name: _Target(server, (until := untils[name]) and until - SETTLED) for name, server in every.items()}


def _stored(some: Iterable[Episode | None], targets: dict[str, _Target], now: datetime) -> tuple[int, int]:
    """How many of them retention lets in, and how many of those were new."""
    of: defaultdict[str, list[Episode]] = defaultdict(list)
    for one in some:
        if one is not None:
            of[one.server if one.server in targets else ""].append(one)
    kept = {name: store.kept(episodes=(_ended(one, targets[name], now) for one in of[name])) for name in of}
    return sum(map(len, kept.values())), sum(_store(targets[name].server, fit) for name, fit in kept.items())


def _ended(episode: Episode, target: _Target, now: datetime) -> Episode:
    """With an end, where it is told without one and would be in history already if the server held it.

    When it ended nobody tells. Its beginning stands for that: so it overlaps no other ban of the address.
    """
    over = episode.lifted_at is not None or (episode.expires_at is not None and episode.expires_at <= now)
    if over or target.followed is None or episode.banned_at >= target.followed:
        return episode
    return replace(episode, lifted_at=episode.banned_at, lift_reason=LiftReason.UNKNOWN)


def _with(before: Brought, some: list[Episode | None], kept: int, stored: int) -> Brought:
    unreadable = some.count(None)
    return replace(
        before,
        read=before.read + len(some),
        stored=before.stored + stored,
        known=before.known + kept - stored,
        unreadable=before.unreadable + unreadable,
        too_old=before.too_old + len(some) - unreadable - kept,
    )


def _store(server: Server, episodes: list[Episode]) -> int:
    """The collector may not write meanwhile: the same ban could be told by its log, with another moment."""
    if not episodes:
        return 0
    with locks.beside(locks.COLLECT, server.pk):
        told = record.told_already(server=server, episodes=episodes)
        return store.insert(server=server, episodes=(one for n, one in enumerate(episodes) if n not in told))
