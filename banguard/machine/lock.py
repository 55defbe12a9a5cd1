"""Locks of the file system: freed by the kernel however the process that holds them ends."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from banguard.machine import signals

# Hands the number of the held lock from the first step to the second.
VARIABLE = "BANGUARD_MACHINE_LOCK"


@contextmanager
def waiting_for(folder: Path) -> Iterator[None]:
    """Holds the lock of ``folder`` itself (no file is needed), after those who hold it have ended."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        while not _locked(handle):
            signals.raise_if_stopped()
            time.sleep(0.2)
        yield
    finally:
        os.close(handle)


def take(path: Path) -> int | None:
    """The descriptor of the lock file, held until it is closed or the process ends; None when another holds it.

    The descriptor outlives an ``exec`` of this process and is not passed to the programs it starts.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    if not _locked(handle):
        os.close(handle)
        return None
    os.set_inheritable(handle, True)
    return handle


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def describe(handle: int, **about: object) -> None:
    """Writes who holds the lock into its file, for those who find it taken."""
    os.ftruncate(handle, 0)
    os.pwrite(handle, json.dumps(about).encode(), 0)


def described(path: Path) -> dict[str, object]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
