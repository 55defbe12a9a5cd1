"""From Fail2ban's rows to ban episodes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from banguard.agent.verbs import BLOCKLIST_JAIL, BanRow
from banguard.history.values import Episode, Origin

LINE_LENGTH = 2_000  # characters kept of one matched line
JAIL_LENGTH = 64  # characters kept of a jail's name
MOST = 2**31 - 1  # what a column of ours holds
FAR = datetime(9999, 1, 1, tzinfo=UTC)


def episodes(rows: Iterable[BanRow]) -> Iterator[Episode]:
    """One episode per row that names an address; Fail2ban also accepts ids that are none."""
    return (_episode(row) for row in rows if row.address is not None)


def _episode(row: BanRow) -> Episode:
    assert row.address is not None  # noqa: S101 - episodes() leaves those out
    banned_at = datetime.fromtimestamp(min(max(row.banned_at, 0), int(FAR.timestamp())), UTC)
    return Episode(
        jail=_storable(row.jail)[:JAIL_LENGTH],
        address=row.address,
        origin=_origin(row),
        banned_at=banned_at,
        expires_at=_end(banned_at, row.ban_time),
        ban_count=_counted(row.ban_count),
        failures=_counted(row.failures),
        matches=tuple(_storable(line)[:LINE_LENGTH] for line in row.matches),
    )


def _storable(text: str) -> str:
    """PostgreSQL's text cannot hold NUL, which a hostile log line may."""
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}")


def _counted(number: int) -> int:
    return min(max(number, 0), MOST)


def _end(banned_at: datetime, ban_time: int) -> datetime | None:
    if ban_time < 0:
        return None
    try:
        return min(banned_at + timedelta(seconds=ban_time), FAR)
    except OverflowError:
        return FAR


def _origin(row: BanRow) -> Origin:
    if row.jail == BLOCKLIST_JAIL:
        return Origin.BLOCKLIST
    # Fail2ban writes no failures for a ban that was asked for; a jail's own ban has at least one.
    return Origin.JAIL if row.failures or row.matches else Origin.MANUAL
