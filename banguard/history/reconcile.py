"""One history out of three witnesses: the log, Fail2ban's database, and the jails themselves.

The log tells each beginning and end, in order and to the millisecond. The database (by rows) and the running jails
tell of bans as tickets, dated by the last failure to the second, in no order. For one jail and address episodes
follow one another, so whatever a witness tells is matched with those of its own jail and address:

* a line "Ban" is a new episode, unless a ticket has told of it already;
* a ticket belongs to the episode with its date; else to the first that no ticket was found for yet and that began
  no earlier; only one that fits none is an episode of which no line told. An unban by hand deletes the rows before
  it, so episodes that ended so come last;
* a line "Unban" ends what is open. Why it ended is told by the lines around it and by its own time: at or after
  the end that was set it expired, otherwise somebody lifted it;
* a line "Restore Ban" takes up again what a stop had ended.

Plain Python: what is known comes in, and what changed goes out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from banguard.agent.verbs import BLOCKLIST_JAIL, LogEvent
from banguard.history.values import Context, Key, LiftReason, Origin, Past, Ticket

ROUNDED = timedelta(seconds=1)  # Fail2ban rounds a ticket's date in its database, and cuts it off elsewhere
EARLY = timedelta(milliseconds=600)  # so an end may come this much before its set time
FLUSH = 5_000  # milliseconds that a flush's next line may take
STOP = 60_000  # milliseconds that a jail takes to stop, at most
STOP_UNTOLD = 2_000  # the same for one whose stop was not announced
NEAR = timedelta(seconds=10)  # between an unban that we made ourselves and its line
BY_HAND = {LiftReason.MANUAL, LiftReason.FLUSHED, LiftReason.BLOCKLIST}


class Reconciling:
    """A batch. ``known``: the last episodes of every key it names, and all that are no older than its tickets.

    ``ban_times``: seconds, by jail, as the running server has them now. ``found``: failures of addresses that are
    not banned yet, with the last one's time in seconds.
    """

    def __init__(
        self,
        known: Iterable[Past],
        context: Context,
        ban_times: Mapping[str, int],
        found: dict[Key, tuple[int, int]],
    ) -> None:
        self.context, self._ban_times = context, ban_times
        self.failures: Counter[tuple[str, datetime]] = Counter()  # by jail and hour
        self.stops: list[tuple[str, datetime, datetime]] = []  # jail, from when to when its bans were let go
        self._of: defaultdict[Key, list[Past]] = defaultdict(list)
        self._claimed: set[int] = set()
        self._found = found
        for past in sorted(known, key=lambda past: past.banned_at):
            self._of[past.jail, past.address].append(past)

    @property
    def new(self) -> list[Past]:
        return [past for some in self._of.values() for past in some if past.new]

    @property
    def touched(self) -> list[Past]:
        return [past for some in self._of.values() for past in some if past.touched and not past.new]

    def hear(self, event: LogEvent) -> None:
        """A line of the log; they come in order."""
        getattr(self, f"_hear_{event.kind}")(event)

    def fits(self, ticket: Ticket) -> bool:
        """Whether an episode is known that the ticket tells of."""
        return self._match(ticket) is not None

    def see(self, ticket: Ticket) -> None:
        """A ticket; of one key they come in the order they were made in."""
        past = self._match(ticket)
        if past is not None and past.reason is LiftReason.UNKNOWN:
            past.reopen()  # it was brought from a file, as one that nobody holds
        if past is None:
            past = self._made_of(ticket)
        elif ticket.origin is not None and (past.failed_at is None or (ticket.failures and not past.failures)):
            _complete(past, ticket)
        elif past.open and _moved(past.expires_at, ticket.expires_at):
            past.expires_at, past.touched = ticket.expires_at, True
        _decide(past)

    # Lines.

    def _hear_found(self, event: LogEvent) -> None:
        hour = _moment(event.at).replace(minute=0, second=0, microsecond=0)
        self.failures[event.jail, hour] += 1
        if event.address is not None and event.until is not None:
            count, _ = self._found.get((event.jail, event.address), (0, 0))
            self._found[event.jail, event.address] = (count + 1, event.until)

    def _hear_ban(self, event: LogEvent) -> None:
        if event.address is None:
            return
        key, at = (event.jail, event.address), _moment(event.at)
        some = self._of[key]
        if self._claim(some, at):
            return
        if some and some[-1].open:
            _end_unseen(some[-1], at)
        while any(past.banned_at == at for past in some):  # lifted and banned again within a millisecond
            at += timedelta(microseconds=1)
        some.append(self._made_of_line(key, at))
        some.sort(key=lambda past: past.banned_at)

    def _claim(self, some: list[Past], at: datetime) -> bool:
        """Whether a ticket, or this very line, has told of the ban already."""
        for past in reversed(some):
            if not past.new and past.banned_at == at:
                return True  # the log is read again, since the place in it was lost
            # What ended in this very moment had its line before: of the next ban the log tells only after that end.
            within = past.banned_at - ROUNDED <= at and (past.lifted_at is None or at < past.lifted_at)
            if past.of_ticket and within and id(past) not in self._claimed:
                self._claimed.add(id(past))
                return True
        return False

    def _made_of_line(self, key: Key, at: datetime) -> Past:
        jail, address = key
        failures, failed = self._found.pop(key, (0, 0))
        origin = Origin.BLOCKLIST if jail == BLOCKLIST_JAIL else Origin.JAIL if failures else Origin.MANUAL
        ban_time = self._ban_times.get(jail, -1)
        begin = _moment(failed * 1000) if failures else at
        expires_at = begin + timedelta(seconds=min(ban_time, 10**9)) if ban_time >= 0 else None
        return Past(jail, address, at, expires_at, origin=origin, failures=failures, new=True)

    def _hear_unban(self, event: LogEvent) -> None:
        past = self._last(event)
        if past is None:
            return
        at = _moment(event.at)
        if past.open:
            past.end(at, self._reason(event))
            _decide(past)
        elif past.lifted_at is not None and _is_guess(past, at):
            past.lifted_at, past.touched = at, True

    def _reason(self, event: LogEvent) -> LiftReason:
        if self.context.shutting_down:
            return LiftReason.SERVER_STOPPED
        if event.jail == BLOCKLIST_JAIL:
            return LiftReason.BLOCKLIST
        if event.at - self.context.flushes.get(event.jail, 0) <= FLUSH:
            self.context.flushes[event.jail] = event.at
            return LiftReason.FLUSHED
        return LiftReason.MANUAL

    def _hear_restore(self, event: LogEvent) -> None:
        self.context.settling = event.at
        past = self._last(event)
        if past is None:
            self.context.look = True  # nobody told of it before; the jail itself will
        elif not past.open:
            past.reopen()

    def _hear_increase(self, event: LogEvent) -> None:
        past = self._last(event)
        if past is not None and past.open and event.until is not None:
            past.expires_at = None if event.until < 0 else _moment(event.until * 1000)
            past.ban_count, past.touched = event.count or past.ban_count, True

    def _hear_flush(self, event: LogEvent) -> None:
        self.context.flushes[event.jail] = event.at

    def _hear_stopping(self, event: LogEvent) -> None:
        self.context.stopping = event.at

    def _hear_stopped(self, event: LogEvent) -> None:
        announced = event.at - self.context.stopping <= STOP
        begin = self.context.stopping if announced else event.at - STOP_UNTOLD
        self.stops.append((event.jail, _moment(begin), _moment(event.at)))
        self.context.flushes.pop(event.jail, None)

    def _hear_started(self, event: LogEvent) -> None:
        self.context.settling, self.context.look = event.at, True

    def _hear_shutdown(self, event: LogEvent) -> None:
        self.context.shutting_down = True

    def _hear_start(self, event: LogEvent) -> None:
        self.context.shutting_down = False
        self.context.started_at, self.context.settling, self.context.look = event.at, event.at, True

    def _last(self, event: LogEvent) -> Past | None:
        some = self._of.get((event.jail, event.address)) if event.address is not None else None
        return some[-1] if some else None

    # Tickets.

    def _match(self, ticket: Ticket) -> Past | None:
        some = self._of.get(ticket.key, [])
        dated = [past for past in some if _is_dated(past, ticket)]
        waiting = [past for past in some if past.failed_at is None and past.banned_at >= ticket.failed_at - ROUNDED]
        kept = [past for past in dated if not _by_hand(past)] or [past for past in waiting if not _by_hand(past)][:1]
        fitting = kept or dated or waiting[-1:]
        return fitting[-1] if fitting else None

    def _made_of(self, ticket: Ticket) -> Past:
        past = Past(
            ticket.jail,
            ticket.address,
            ticket.failed_at,
            ticket.expires_at,
            failed_at=ticket.failed_at,
            origin=ticket.origin or Origin.JAIL,
            ban_count=ticket.ban_count,
            failures=ticket.failures,
            matches=ticket.matches,
            new=True,
        )
        some = self._of[ticket.key]
        later = [other for other in some if other.banned_at > past.banned_at]
        if later:
            _end_unseen(past, later[0].banned_at)
        elif some and some[-1].open:
            _end_unseen(some[-1], past.banned_at)
        some.append(past)
        some.sort(key=lambda past: past.banned_at)
        return past


def gone(held: set[Key], opened: Iterable[Past], running: set[str], started_at: int, now: datetime) -> list[Past]:
    """Of what history holds open, what the running jails do not hold; each with its end, as near as can be known.

    The blocklists' jail is not asked what it holds while it runs (``collect.held``): its enforcement tells.
    """
    asked = (past for past in opened if past.jail != BLOCKLIST_JAIL or past.jail not in running)
    lost = [past for past in asked if (past.jail, past.address) not in held]
    for past in lost:
        started = _moment(started_at)
        if past.expires_at is not None and past.expires_at <= now:
            past.end(past.expires_at, LiftReason.EXPIRED)
        elif started > past.banned_at:
            past.end(started, LiftReason.SERVER_STOPPED)
        elif past.jail not in running:
            past.end(now, LiftReason.JAIL_STOPPED)
        else:
            past.end(now, LiftReason.MANUAL)
    return lost


def _complete(past: Past, ticket: Ticket) -> None:
    """By a row, which knows more than the log and the jail."""
    past.failed_at, past.expires_at, past.touched = ticket.failed_at, ticket.expires_at, True
    past.ban_count, past.failures, past.matches = ticket.ban_count, ticket.failures, ticket.matches
    if past.new and ticket.origin is not None:
        past.origin = ticket.origin


def _decide(past: Past) -> None:
    """What seemed lifted by hand expired if its time was over; only now may its time be known."""
    ended, expires = past.lifted_at, past.expires_at
    if ended is None or past.reason not in {LiftReason.EXPIRED, *BY_HAND}:
        return
    over = expires is not None and ended >= expires - EARLY
    if over and past.reason is not LiftReason.EXPIRED:
        past.reason, past.touched = LiftReason.EXPIRED, True


def _end_unseen(past: Past, before: datetime) -> None:
    """It ended before the next one began, and nobody told when."""
    if past.expires_at is not None and past.expires_at - EARLY <= before:
        past.end(min(past.expires_at, before), LiftReason.EXPIRED)
    else:
        past.end(before, LiftReason.MANUAL)


def _is_guess(past: Past, at: datetime) -> bool:
    """Whether the end was written by us before its line came: at its set time, or by our own unban."""
    if past.reason is LiftReason.EXPIRED:
        return past.lifted_at == past.expires_at and at >= past.banned_at
    return past.reason in BY_HAND and past.lifted_at is not None and abs(past.lifted_at - at) <= NEAR


def _is_dated(past: Past, ticket: Ticket) -> bool:
    if past.failed_at is None:  # stored before failures were dated: its own date is the ticket's
        return not past.new and past.banned_at == ticket.failed_at
    if ticket.origin is None:
        return abs(past.failed_at - ticket.failed_at) <= ROUNDED
    return past.failed_at == ticket.failed_at


def _moved(before: datetime | None, now: datetime | None) -> bool:
    """Whether the set end is another, not only cut off elsewhere."""
    if before is None or now is None:
        return before is not now
    return abs(before - now) > ROUNDED


def _by_hand(past: Past) -> bool:
    return past.reason in BY_HAND


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(min(max(milliseconds, 0), 250_000_000_000_000) / 1000, UTC)
