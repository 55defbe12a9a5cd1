"""In which files of ``PROMETHEUS_MULTIPROC_DIR`` a process counts.

The library makes files for each process number. Workers come and go, so those would grow without bound; and
numbers repeat between containers that share the folder. Here a process takes the first slot that no living
process has, and counts on in that slot's files: nothing is lost, and there are as many as processes run at once.
"""

from __future__ import annotations

import fcntl
import itertools
import os
from dataclasses import dataclass
from pathlib import Path

from prometheus_client import values

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


@dataclass
class _Own:
    process: int = 0
    name: str = ""
    handle: int = -1


_own = _Own()


def use() -> None:
    """Count in slots from now on: call it before any metric is made."""
    if VARIABLE in os.environ:
        values.ValueClass = values.MultiProcessValue(_of_this_process)  # type: ignore[no-untyped-call]


def forget_the_dead() -> None:
    """Remove what only a living process can say, such as how many requests it is answering."""
    for lock in _folder().glob("slot-*.lock"):
        handle = _taken(lock)
        if handle is not None:
            _clear(_name_of(lock))
            os.close(handle)


def _of_this_process() -> str:
    """Asked at each count, so that a forked process soon has its own."""
    if _own.process != os.getpid():
        _take()
    return _own.name


def _take() -> None:
    if _own.handle >= 0:
        os.close(_own.handle)  # the parent's; it keeps its own
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    for number in itertools.count():
        lock = folder / f"slot-{number}.lock"
        handle = _taken(lock)
        if handle is not None:
            _own.process, _own.name, _own.handle = os.getpid(), _name_of(lock), handle
            _clear(_own.name)
            return


def _taken(lock: Path) -> int | None:
    """An open file that holds ``lock``; None when a living process has it."""
    handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


def _name_of(lock: Path) -> str:
    return lock.stem.partition("-")[2]


def _clear(name: str) -> None:
    for file in _folder().glob(f"gauge_live*_{name}.db"):
        file.unlink(missing_ok=True)


def _folder() -> Path:
    return Path(os.environ[VARIABLE])
