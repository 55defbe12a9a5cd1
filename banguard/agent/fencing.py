"""The fence at the resource: whoever comes with an older token than was seen is turned away.

A caller that slept through the loss of its lock does not know it yet; this is where it is stopped. The newest
token of each lock is kept in a file, so that a restart of the agent forgets nothing.
"""

from __future__ import annotations

import json
import os
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from banguard.core.errors import LockLost, Unavailable
from banguard.core.fences import Fence


class Fences:
    """``path`` None keeps them in memory, for tests. Raises ``Unavailable`` when the file cannot be used."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._newest: dict[str, int] = _read(path) if path else {}
        self._turn: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._guard = threading.Lock()

    def admitted(self, fence: Fence | None) -> AbstractContextManager[None]:
        """The block in which an effect may be made. No fence: somebody asks who needs no lock.

        Effects under one lock take turns, so that an old one that was let in is over before a newer one
        begins. Raises ``LockLost``.
        """
        return nullcontext() if fence is None else self._one_at_a_time(fence)

    @contextmanager
    def _one_at_a_time(self, fence: Fence) -> Iterator[None]:
        with self._guard:
            turn = self._turn[fence.lock]
        with turn:
            self._admit(fence)
            yield

    def _admit(self, fence: Fence) -> None:
        newest = self._newest.get(fence.lock, 0)
        if fence.token < newest:
            raise LockLost(
                f"Somebody newer holds the lock “{fence.lock}”; nothing was done.",
                lock=fence.lock,
                token=fence.token,
                newest=newest,
            )
        if fence.token > newest:
            with self._guard:
                self._newest[fence.lock] = fence.token
                self._keep()

    def _keep(self) -> None:
        if self._path is None:
            return
        fresh = self._path.with_suffix(".new")
        try:
            with fresh.open("w", encoding="ascii") as file:
                json.dump(self._newest, file)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._path)
        except OSError as error:
            raise Unavailable(f"The agent cannot keep its fences in {self._path}: {error.strerror}.") from error


def _read(path: Path) -> dict[str, int]:
    try:
        kept = json.loads(path.read_text(encoding="ascii"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise Unavailable(f"The agent's fences in {path} cannot be read: {error}.") from error
    if not isinstance(kept, dict) or not all(isinstance(token, int) for token in kept.values()):
        raise Unavailable(f"The agent's fences in {path} cannot be read.")
    return kept
