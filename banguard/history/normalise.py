"""From what the agent tells to what history holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from banguard.agent.verbs import BLOCKLIST_JAIL, BanRow
from banguard.agent.verbs import Ticket as HeldTicket
from banguard.history.values import Episode, Origin, Ticket

LINE_LENGTH = 2_000  # characters kept of one matched line
JAIL_LENGTH = 64  # characters kept of a jail's name
MOST = 2**31 - 1  # what a column of ours holds
FAR = datetime(9999, 1, 1, tzinfo=UTC)


def episodes(rows: Iterable[BanRow]) -> Iterator[Episode]:
    """One episode per row that names an address; Fail2ban also accepts ids that are none."""
    return (episode_of(ticket) for row in rows if (ticket := ticket_of_row(row)) is not None)


def episode_of(ticket: Ticket) -> Episode:
    """The ban that a ticket alone tells of: dated by its last failure, for want of better."""
    return Episode(
        jail=ticket.jail,
        address=ticket.address,
        origin=ticket.origin or Origin.JAIL,
        banned_at=ticket.failed_at,
        expires_at=ticket.expires_at,
        ban_count=ticket.ban_count,
        failures=ticket.failures,
        matches=ticket.matches,
        failed_at=ticket.failed_at,
    )


def ticket_of_row(row: BanRow) -> Ticket | None:
    """A row of Fail2ban's database; None where it names no address."""
    if row.address is None:
        return None
    failed_at = moment(row.banned_at)
    return Ticket(
        jail=jail_name(row.jail),
        address=row.address,
        failed_at=failed_at,
        expires_at=end(failed_at, row.ban_time),
        origin=_origin(row),
        ban_count=_counted(row.ban_count),
        failures=_counted(row.failures),
        matches=tuple(_storable(line)[:LINE_LENGTH] for line in row.matches),
    )


def ticket_of_jail(jail: str, held: HeldTicket) -> Ticket:
    """What the running jail itself tells of a ban: neither how often it failed, nor why."""
    failed_at = moment(held.banned_at)
    origin = Origin.BLOCKLIST if jail == BLOCKLIST_JAIL else None
    expires_at = end(failed_at, held.ban_time)
    return Ticket(jail_name(jail), held.address, failed_at, expires_at, origin, ban_count=1, failures=0, matches=())


def jail_name(text: str) -> str:
    return _storable(text)[:JAIL_LENGTH]


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(min(max(seconds, 0), int(FAR.timestamp())), UTC)


def end(begin: datetime, ban_time: int) -> datetime | None:
    """``ban_time`` in seconds; -1: never."""
    if ban_time < 0:
        return None
    try:
        return min(begin + timedelta(seconds=ban_time), FAR)
    except OverflowError:
        return FAR


def _storable(text: str) -> str:
    """PostgreSQL's text cannot hold NUL, which a hostile log line may."""
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}")


def _counted(number: int) -> int:
    return min(max(number, 0), MOST)


def _origin(row: BanRow) -> Origin:
    if row.jail == BLOCKLIST_JAIL:
        return Origin.BLOCKLIST
    # Fail2ban writes no failures for a ban that was asked for; a jail's own ban has at least one.
    return Origin.JAIL if row.failures or row.matches else Origin.MANUAL
