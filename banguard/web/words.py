"""Moments and durations as people say them."""

from __future__ import annotations

from datetime import datetime

UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
A_WEEK = 7 * 86_400


def duration(seconds: float | None) -> str:
    """The two largest units of ``seconds``; ``None`` and anything below zero mean that there is no end."""
    if seconds is None or seconds < 0:
        return "for ever"
    rest, parts = int(seconds), []
    for size, name in UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count} {name}")
    return " ".join(parts[:2]) or "0 s"


def relative(moment: datetime, now: datetime) -> str:
    """How far ``moment`` is from ``now``, in its largest unit; a date beyond a week."""
    seconds = (now - moment).total_seconds()
    size = round(abs(seconds))
    if size >= A_WEEK:
        return f"{moment:%Y-%m-%d}"
    if size < 1:
        return "just now"
    largest = " ".join(duration(size).split()[:2])
    return f"{largest} ago" if seconds > 0 else f"in {largest}"
