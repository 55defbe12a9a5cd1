"""Following a server into history."""

from __future__ import annotations

import structlog
from prometheus_client import Counter

from banguard.core.locks import Held
from banguard.history import collect, normalise, store
from banguard.history.models import Cursor
from banguard.history.values import Place
from banguard.servers import services as servers
from banguard.servers.models import Server

log = structlog.get_logger(__name__)

STORED = Counter("banguard_bans_stored_total", "Bans that were new to history.")


def follow(*, server: Server, held: Held) -> int:
    """Store what is new since the last time; returns how many bans were new. Raises our own errors."""
    stored, complete = 0, False
    while not complete:
        some, complete = follow_once(server=server, held=held)
        stored += some
    STORED.inc(stored)
    return stored


def follow_once(*, server: Server, held: Held) -> tuple[int, bool]:
    """One batch of it; returns how many bans were new, and whether that was all there is."""
    cursor, _made = Cursor.objects.get_or_create(server=server)
    place = Place(cursor.rowid, cursor.mark)
    found = collect.new_rows(servers.agent_of(server=server), place)
    if found.place == place:
        return 0, found.complete
    if not found.place.rowid:
        log.info("history_read_again", server=server.name, rowid=place.rowid)
    stored = store.batch(server=server, episodes=normalise.episodes(found.rows), place=found.place, held=held)
    return stored, found.complete
