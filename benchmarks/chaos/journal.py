"""The resource outside the database: a file that only the newest token may extend.

A worker that was refused, here or in the database, says so in a second file, which everybody may extend.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_WIDTH = 56  # bytes of a line; all alike, so that the last one is found without reading the others


class Refused(Exception):
    """A newer token has been here."""


@dataclass(frozen=True)
class Effect:
    """What ``worker`` (number and life, such as ``2.5``) did under ``token``.

    ``at``: seconds of the machine's monotonic clock, which all processes share and no change of the time moves.
    """

    token: int
    worker: str
    at: float

    @classmethod
    def now(cls, token: int, worker: str) -> Effect:
        return cls(token, worker, time.monotonic())


class Journal:
    def __init__(self, folder: Path) -> None:
        self._file = os.open(folder / "journal", os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        self._refusals = folder / "refusals"

    def append(self, effect: Effect) -> None:
        """Raises ``Refused``, and notes it, when a newer token has been here."""
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            if effect.token < self._newest():
                self.refused("journal", effect.token)
                raise Refused
            os.write(self._file, _line(effect))
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def refused(self, where: str, token: int) -> None:
        with self._refusals.open("a", encoding="ascii") as file:
            file.write(f"{where} {token}\n")

    def __len__(self) -> int:
        return os.fstat(self._file).st_size // _WIDTH

    def read(self, first: int) -> list[Effect]:
        """The effects from the one with index ``first`` on."""
        read = os.pread(self._file, (len(self) - first) * _WIDTH, first * _WIDTH).decode("ascii")
        return [_effect(line) for line in read.splitlines()]

    def refusals(self) -> Counter[str]:
        """How many effects were refused, by where."""
        if not self._refusals.exists():
            return Counter()
        return Counter(line.split()[0] for line in self._refusals.read_text(encoding="ascii").splitlines())

    def close(self) -> None:
        os.close(self._file)

    def _newest(self) -> int:
        return self.read(len(self) - 1)[0].token if len(self) else 0


class Order:
    """Judges effects in the order in which they were made: tokens never go down, and each is one worker's.

    So the effects of one token stand together, and two holders' never interleave. ``overlaps`` counts those that do.
    """

    def __init__(self) -> None:
        self.newest, self.overlaps = 0, 0
        self._owners: dict[int, str] = {}

    @property
    def tokens(self) -> int:
        """How many tokens left an effect."""
        return len(self._owners)

    def judge(self, effects: Iterable[tuple[int, str]]) -> None:
        for token, worker in effects:
            foreign = self._owners.setdefault(token, worker) != worker
            self.overlaps += foreign or token < self.newest
            self.newest = max(self.newest, token)


def _line(effect: Effect) -> bytes:
    return f"{effect.token:>16} {effect.worker:>16} {effect.at:>21.6f}\n".encode("ascii")


def _effect(line: str) -> Effect:
    token, worker, at = line.split()
    return Effect(int(token), worker, float(at))
