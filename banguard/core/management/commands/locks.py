"""``manage.py locks``: every lock, who holds it, and since when."""

from __future__ import annotations

from datetime import datetime

from django.core.management.base import BaseCommand

from banguard.core.lock_report import LockState, report

COLUMNS = ("LOCK", "STATE", "TOKEN", "TAKEN", "LAST HEARTBEAT", "HOLDER")


class Command(BaseCommand):
    help = "Print every lock, who holds it, and since when (times in UTC)."

    def handle(self, *_args: object, **_options: object) -> None:
        rows = [COLUMNS, *map(_row, report())]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            self.stdout.write("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _row(state: LockState) -> tuple[str, ...]:
    return (
        f"{state.lock} {state.subject}",
        "held" if state.held else "free",
        str(state.token or "-"),
        _time(state.taken_at),
        _time(state.heartbeat_at),
        state.holder or "nobody yet",
    )


def _time(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment else "-"
