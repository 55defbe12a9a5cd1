"""Ends what a killed ``script/server`` left behind. Each process is tied to it, but a worker's own workers are not."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from banguard.machine import say
from banguard.machine.places import ROOT

_PROCESSES = Path("/proc")
_PATIENCE = 10.0  # seconds


def note(record: Path, group: int) -> None:
    record.parent.mkdir(parents=True, exist_ok=True)
    with record.open("a", encoding="utf-8") as file:
        file.write(f"{group}\n")


def sweep(record: Path) -> int:
    """Ends the processes of the groups that ``record`` lists and that run in the checkout; returns how many they were.

    The folder guards against a number that now belongs to somebody else's process.
    """
    if not record.is_file():
        return 0
    groups = {int(line) for line in record.read_text(encoding="utf-8").split() if line.isdecimal()}
    found = _members(groups)
    if found:
        say.about("leftovers", "ending what an earlier start left behind ...")
    _signal(found, signal.SIGTERM)
    deadline = time.monotonic() + _PATIENCE
    while _members(groups) and time.monotonic() < deadline:
        time.sleep(0.1)
    _signal(_members(groups), signal.SIGKILL)
    record.unlink()
    return len(found)


def _members(groups: set[int]) -> list[int]:
    found = []
    for folder in _PROCESSES.glob("[0-9]*"):
        with suppress(OSError, ValueError):
            pid = int(folder.name)
            if os.getpgid(pid) in groups and (folder / "cwd").readlink() == ROOT:
                found.append(pid)
    return found


def _signal(processes: list[int], number: int) -> None:
    for pid in processes:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)
