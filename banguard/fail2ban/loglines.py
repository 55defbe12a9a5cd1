"""The lines of Fail2ban's own log that history is made of.

A line is cut at the newline alone and must match from its first character to its last. What strangers write into
other logs ends up in this one only inside a line, so it can never pass for an event.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from banguard.fail2ban.values import Kind, LogEvent

MARGIN = 1_000  # milliseconds by which the lines of two threads may stand in the wrong order
_TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
_LINE = re.compile(
    rf"(?:(?P<time>{_TIME})(?:,(?P<ms>\d{{3}}))? )?(?P<logger>fail2ban\.[a-z0-9]+) *\[\d+\]: (?P<rest>[A-Z]+ .*)"
)
_REST = re.compile(r"[A-Z]+ +(?P<message>.*)")
_JAIL = r"\[(?P<jail>[^\]\x00]{1,64})\] "
_ID = r"(?P<identity>\S{1,100})"

# logger -> what its messages look like, and the kind of event that each is
_GRAMMAR: dict[str, tuple[tuple[Kind, re.Pattern[str]], ...]] = {
    "fail2ban.actions": (
        ("ban", re.compile(rf"{_JAIL}Ban {_ID}")),
        ("unban", re.compile(rf"{_JAIL}Unban {_ID}")),
        ("restore", re.compile(rf"{_JAIL}Restore Ban {_ID}")),
        ("flush", re.compile(rf"{_JAIL}Flush ticket\(s\) with .*")),
    ),
    "fail2ban.filter": (
        ("found", re.compile(rf"{_JAIL}Found {_ID} - (?P<until>{_TIME})")),
        ("stopping", re.compile(r"Removed logfile: .*")),
    ),
    "fail2ban.observer": (
        (
            "increase",
            re.compile(rf"{_JAIL}Increase Ban {_ID} \((?P<count>\d{{1,9}}) # .* -> (?P<until>{_TIME}|infinite)\)"),
        ),
    ),
    "fail2ban.jail": (
        ("stopped", re.compile(r"Jail '(?P<jail>[^\x00]{1,64})' stopped")),
        ("started", re.compile(r"Jail '(?P<jail>[^\x00]{1,64})' started")),
    ),
    "fail2ban.server": (
        ("shutdown", re.compile(r"Shutdown in progress\.\.\.")),
        ("start", re.compile(r"Starting Fail2ban v.*")),
    ),
}


class Clock:
    """Local times as milliseconds since 1970. Where the clocks went back, the lines before tell which hour it is."""

    def __init__(self, last: int = 0) -> None:
        self.last = last
        self._minutes: dict[str, tuple[int, int]] = {}

    def read(self, text: str, milliseconds: int) -> int:
        """The moment of a line's time stamp, such as ``2026-11-23 16:39:33``. Raises ``ValueError``."""
        first, second = self._minute(text[:16])
        rest = int(text[17:]) * 1000 + milliseconds
        again = first != second and first + rest < self.last - MARGIN
        self.last = max(self.last, (second if again else first) + rest)
        return (second if again else first) + rest

    def seconds(self, text: str) -> int:
        """The moment of another time within a line, near to that line's own."""
        first, second = self._minute(text[:16])
        return min((first, second), key=lambda minute: abs(minute - self.last)) // 1000 + int(text[17:])

    def _minute(self, text: str) -> tuple[int, int]:
        if text not in self._minutes:
            if len(self._minutes) > 10_000:
                self._minutes.clear()
            moment = datetime.fromisoformat(text)
            both = (int(moment.replace(fold=fold).astimezone().timestamp()) * 1000 for fold in (0, 1))
            first, second = both
            self._minutes[text] = (first, max(first, second))
        return self._minutes[text]


def events_in(lines: Iterable[bytes], clock: Clock) -> Iterator[LogEvent]:
    """The events among a file's lines, in order. A line that has no time stamp of ours is none."""
    for line in lines:
        text = line.decode("utf-8", "replace")
        found = _LINE.fullmatch(text)
        if found is None or found["time"] is None:
            continue
        try:
            at = clock.read(found["time"], int(found["ms"] or 0))
        except (ValueError, OverflowError):
            continue
        event = event_of(found["logger"], found["rest"], at, clock.seconds)
        if event is not None:
            yield event


def event_in(logger: str, text: str, at: int, seconds: Callable[[str], int]) -> LogEvent | None:
    """The event in one entry of the journal, which holds a message, a level and a message, or a whole line."""
    if found := _LINE.fullmatch(text):
        return event_of(found["logger"], found["rest"], at, seconds)
    return event_of(logger, text, at, seconds) or event_of(logger, f"X {text}", at, seconds)


def event_of(logger: str, text: str, at: int, seconds: Callable[[str], int]) -> LogEvent | None:
    """``text`` is a level and a message: ``NOTICE  [sshd] Ban 192.0.2.1``."""
    rest = _REST.fullmatch(text)
    if rest is None:
        return None
    for kind, pattern in _GRAMMAR.get(logger, ()):
        if found := pattern.fullmatch(rest["message"]):
            return _event(kind, at, found.groupdict(), seconds)
    return None


def _event(kind: Kind, at: int, parts: dict[str, str], seconds: Callable[[str], int]) -> LogEvent | None:
    until = parts.get("until")
    try:
        return LogEvent(
            kind=kind,
            at=at,
            jail=parts.get("jail", ""),
            identity=parts.get("identity", ""),
            until=None if until is None else -1 if until == "infinite" else seconds(until),
            count=int(parts["count"]) if "count" in parts else None,
        )
    except (ValueError, OverflowError):
        return None
