"""Following a server into history: the log, its database, and what its jails hold, as one."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog
from prometheus_client import Counter

from banguard.agent.verbs import LogEvents, Status
from banguard.agent.verbs import Ticket as HeldTicket
from banguard.core.errors import BanGuardError
from banguard.core.locks import Held
from banguard.history import collect, normalise, reconcile, record, store
from banguard.history.collect import Found
from banguard.history.models import Cursor
from banguard.history.reconcile import Reconciling
from banguard.history.values import Context, Episode, Key, Past, Place, Ticket
from banguard.servers import services as servers
from banguard.servers.models import Server

log = structlog.get_logger(__name__)

STORED = Counter("banguard_bans_stored_total", "Bans that were new to history.")

PATIENCE = 2.0  # seconds that a row waits for its line in the log; it is written within milliseconds of it
SETTLED = 10_000  # milliseconds without a restored ban after which a start is taken to be over
LOOK_EVERY = 600.0  # seconds; only to be sure, since the log tells everything
LOOK_WITHOUT_LOG = 10.0
SWEEP_EVERY = 30.0
LATE = timedelta(seconds=60)  # that Fail2ban may take to write that a ban is over, when many are at once
FRESH = timedelta(seconds=5)  # bans that a look at the jails may have come too early for
REMEMBERED = 50_000  # addresses with failures that are not banned yet


@dataclass(frozen=True)
class _Told:
    """What one pass brought."""

    lines: LogEvents
    rows: Found
    complete: bool


@dataclass
class Follower:
    """One leader's way of following one server. What it remembers here may be lost: the rest is in the database."""

    server: Server
    held: Held
    _status: Status | None = None
    # What the jails hold, and when they were asked, until it is used.
    _asked: tuple[datetime, dict[str, tuple[HeldTicket, ...]]] | None = None
    _waiting: dict[Place, float] = field(default_factory=dict)  # rows without a line, since when
    _found: dict[Key, tuple[int, int]] = field(default_factory=dict)
    _next_look: float = 0.0
    _next_sweep: float = 0.0

    def look(self, status: Status | None) -> int:
        """Store what is new since the last time; returns how many bans were new. Raises our own errors.

        ``status`` None: the server is down; its log and its database may still have something to tell.
        """
        self._status, self._asked = status, None
        stored, complete = 0, False
        while not complete:
            some, complete = self.look_once()
            stored += some
        STORED.inc(stored)
        return stored

    def look_once(self) -> tuple[int, bool]:
        """One batch of it; returns how many bans were new, and whether that was all there is."""
        self.held.check()
        cursor, _made = Cursor.objects.get_or_create(server=self.server)
        context = Context(**cursor.context)
        told = self._ask(cursor, context)
        stored, complete = self._keep(cursor, context, told)
        if not told.rows.place.rowid and cursor.rowid:
            log.info("history_read_again", server=self.server.name, rowid=cursor.rowid)
        return stored, complete

    def _ask(self, cursor: Cursor, context: Context) -> _Told:
        """The jails first, then the log, then the rows: so whatever is seen later was told of before."""
        agent = servers.agent_of(server=self.server)
        place = Place(cursor.rowid, cursor.mark)
        if self._asked is None and self._is_due(context):
            now = datetime.now(UTC)
            self._asked = now, collect.held(agent, self._jails())
        lines = collect.new_lines(agent, cursor.log_place)
        rows = collect.new_rows(agent, place) if lines.complete else Found((), place, complete=False)
        return _Told(lines, rows, complete=lines.complete and rows.complete)

    def _is_due(self, context: Context) -> bool:
        if self._status is None:
            return False
        settled = time.time() * 1000 - context.settling > SETTLED
        return settled and (context.look or time.monotonic() >= self._next_look)

    def _keep(self, cursor: Cursor, context: Context, told: _Told) -> tuple[int, bool]:
        rows = [ticket for row in told.rows.rows if (ticket := normalise.ticket_of_row(row))]
        held = self._held_now() if told.complete else []
        with self.held.writing():
            known = record.known(server=self.server, keys=_keys(told.lines, [*rows, *held]))
            story = Reconciling(known, context, self._ban_times(), self._found)
            for event in told.lines.events:
                story.hear(event)
            seen = self._see_rows(story, told, Place(cursor.rowid, cursor.mark))
            late = {(row.jail, row.address) for row in told.rows.rows[len(seen.rows) :]}
            for ticket in held:
                if ticket.key not in late:  # its row knows more, and comes with the next look
                    story.see(ticket)
            stored = self._write(story)
            self._close(context, told)
            reached = told.lines.place or cursor.log_place
            record.place(cursor=cursor, rows=seen.place, log=reached, context=context)
            self._cover(told)
        if told.complete:
            self._asked = None
        if len(self._found) > REMEMBERED:
            self._found.clear()
        return stored, told.complete or seen is not told.rows

    def _held_now(self) -> list[Ticket]:
        _, held = self._asked or (None, {})
        return [normalise.ticket_of_jail(jail, one) for jail, some in held.items() for one in some]

    def _see_rows(self, story: Reconciling, told: _Told, start: Place) -> Found:
        """The rows that were seen. One whose line has not come stays for the next time, for a while."""
        now, tickets = time.monotonic(), [normalise.ticket_of_row(row) for row in told.rows.rows]
        untold = {
            number: collect.place_at(told.rows.rows[number])
            for number, ticket in enumerate(tickets)
            if ticket and told.lines.source != "none" and not story.fits(ticket)
        }
        self._waiting = {place: self._waiting.get(place, now) for place in untold.values()}
        waiting = (number for number, place in untold.items() if now - self._waiting[place] < PATIENCE)
        rows = told.rows.before(number, start) if (number := next(waiting, None)) is not None else told.rows
        for ticket in tickets[: len(rows.rows)]:
            if ticket is not None:
                story.see(ticket)
        return rows

    def _write(self, story: Reconciling) -> int:
        stored = store.insert(server=self.server, episodes=store.kept(episodes=map(_episode, story.new)))
        record.change(server=self.server, pasts=story.touched)
        record.stops(server=self.server, stopped=story.stops)
        record.count_failures(server=self.server, failures=story.failures)
        return stored

    def _close(self, context: Context, told: _Told) -> None:
        """What the jails no longer hold has ended, and so has what should have by now."""
        if told.complete and self._asked is not None and self._may_judge(context, self._asked[0]):
            asked_at, _ = self._asked
            opened = record.still_open(server=self.server, before=asked_at - FRESH)
            keys = {ticket.key for ticket in self._held_now()}
            lost = reconcile.gone(keys, opened, set(self._jails()), context.started_at, asked_at)
            record.change(server=self.server, pasts=lost)
            self._next_look = time.monotonic() + (LOOK_WITHOUT_LOG if told.lines.source == "none" else LOOK_EVERY)
        if told.lines.hole and told.lines.source != "none":
            context.look = True
        if told.complete and time.monotonic() >= self._next_sweep:
            late = datetime.now(UTC) - LATE
            full = record.expire(server=self.server, before=late) == record.SWEPT
            self._next_sweep = 0.0 if full else time.monotonic() + SWEEP_EVERY

    @staticmethod
    def _may_judge(context: Context, asked_at: datetime) -> bool:
        """Not when the jails were asked while they were still taking up what they held before a stop."""
        settled = asked_at.timestamp() * 1000 - context.settling > SETTLED
        context.look = not settled or context.shutting_down
        return not context.look

    def _cover(self, told: _Told) -> None:
        lines = told.lines
        times = [datetime.fromtimestamp(event.at / 1000, UTC) for event in lines.events]
        until = None if lines.complete or not times else times[-1]
        record.cover(
            server=self.server, source=lines.source, hole=lines.hole, began_at=times[0] if times else None, until=until
        )

    def _jails(self) -> tuple[str, ...]:
        return tuple(jail.name for jail in self._status.jails) if self._status else ()

    def _ban_times(self) -> dict[str, int]:
        return {jail.name: jail.ban_time for jail in self._status.jails} if self._status else {}


def follow(*, server: Server, held: Held) -> int:
    """One look at the server; returns how many bans were new. Raises our own errors."""
    agent = servers.agent_of(server=server)
    try:
        status = agent.status()
    except BanGuardError:
        status = None
    return Follower(server, held).look(status)


def _keys(lines: LogEvents, tickets: Iterable[Ticket]) -> dict[Key, datetime]:
    """Whose history has to be known, and from when on; of those that a line alone names, the latest is enough."""
    lone = (event for event in lines.events if event.address is not None and event.kind != "found")
    keys: dict[Key, datetime] = {(event.jail, event.address): normalise.FAR for event in lone if event.address}
    for ticket in tickets:
        since = ticket.failed_at - reconcile.ROUNDED
        keys[ticket.key] = min(keys.get(ticket.key, since), since)
    return keys


def _episode(past: Past) -> Episode:
    return Episode(
        jail=past.jail,
        address=past.address,
        origin=past.origin,
        banned_at=past.banned_at,
        expires_at=past.expires_at,
        ban_count=past.ban_count,
        failures=past.failures,
        matches=past.matches,
        failed_at=past.failed_at,
        lifted_at=past.lifted_at,
        lift_reason=past.reason,
    )
