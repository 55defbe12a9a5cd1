"""Reading bans as a list exports them: one JSON object a line, from whomever."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from banguard.core import networks
from banguard.core.errors import AddressInvalid, InvalidInput
from banguard.history.values import Episode, LiftReason, Origin

LONGEST_LINE = 1_000_000  # characters
FIRST = 2 * LONGEST_LINE  # characters of a file in which one line has to be what it is taken for
MAX_MATCHES = 100
LINE_LENGTH = 2_000
JAIL_LENGTH = 64
MOST = 2**31 - 1


def count(path: Path) -> int:
    """How many lines there are."""
    with path.open("rb") as file:
        return sum(piece.count(b"\n") for piece in iter(lambda: file.read(1 << 20), b""))


def refuse_other(path: Path) -> None:
    """Raise ``InvalidInput`` where no line of the first part is a JSON object: the file is something else."""
    with path.open(encoding="utf-8", errors="replace") as file:
        if not any(_is_object(line) for line in file.read(FIRST).split("\n")):
            raise InvalidInput(
                "This is neither Fail2ban's database (SQLite) nor JSON lines as a list exports them. Unpack a file that"
                " is packed."
            )


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def episodes(path: Path) -> Iterator[Episode | None]:
    """The ban of each line; None where it tells of none that can be kept. Empty lines are nothing."""
    with path.open(encoding="utf-8", errors="replace") as file:
        while line := file.readline(LONGEST_LINE):
            if line.strip():
                yield _episode(line)


def _episode(line: str) -> Episode | None:
    try:
        told = json.loads(line)
        return _told(told) if isinstance(told, dict) else None
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError, AddressInvalid):
        return None


def _told(told: dict[str, object]) -> Episode:
    banned_at = _moment(told["banned_at"])
    lifted_at = _moment(told["lifted_at"]) if told.get("lifted_at") else None
    return Episode(
        jail=_jail(told["jail"]),
        address=networks.parse_network(_text(told["address"])),
        origin=Origin(_text(told.get("origin") or Origin.JAIL)),
        banned_at=banned_at,
        expires_at=_moment(told["expires_at"]) if told.get("expires_at") else None,
        ban_count=_counted(told.get("ban_count", 1)),
        failures=_counted(told.get("failures", 0)),
        matches=_matches(told.get("matches")),
        lifted_at=max(lifted_at, banned_at) if lifted_at else None,
        lift_reason=LiftReason(_text(told.get("lift_reason") or LiftReason.EXPIRED)) if lifted_at else None,
        server=_text(told.get("server") or ""),
    )


def _jail(value: object) -> str:
    name = _text(value)
    if not 0 < len(name) <= JAIL_LENGTH:
        raise ValueError(name)
    return name


def _text(value: object) -> str:
    """Without what PostgreSQL cannot hold."""
    if not isinstance(value, str):
        raise TypeError(value)
    return value.replace("\x00", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode("utf-8")


def _moment(value: object) -> datetime:
    """A time zone has to be told, and the year to be one that PostgreSQL and we can calculate with."""
    at = datetime.fromisoformat(_text(value))
    if at.tzinfo is None or not 1970 <= at.year <= 9998:
        raise ValueError(value)
    return at.astimezone(UTC)


def _counted(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(value)
    return min(max(value, 0), MOST)


def _matches(value: object) -> tuple[str, ...]:
    return tuple(_text(line)[:LINE_LENGTH] for line in value[:MAX_MATCHES]) if isinstance(value, list) else ()
