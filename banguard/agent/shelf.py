"""Lists of networks that outlive a restart of the agent and of the machine: files beside its socket."""

from __future__ import annotations

import os
from pathlib import Path

from banguard.core import packed
from banguard.core.errors import AddressInvalid, Unavailable
from banguard.core.packed import Packed

_LENGTH = 8  # bytes that say how long the IPv4 part is


class Shelf:
    """``folder`` None keeps them in memory, for tests. Raises ``Unavailable`` when a file cannot be written.

    It is a copy of what PostgreSQL knows better: a file that cannot be read counts as none.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._kept: dict[str, bytes] = {}

    def put(self, name: str, networks: Packed) -> None:
        self.write(name, len(networks.v4).to_bytes(_LENGTH, "big") + networks.v4 + networks.v6)

    def get(self, name: str) -> Packed | None:
        """As it was put there; to be told apart by its digest. What is to be enforced comes from ``checked``."""
        content = self.read(name)
        if content is None or len(content) < _LENGTH:
            return None
        end = _LENGTH + int.from_bytes(content[:_LENGTH], "big")
        return Packed(content[_LENGTH:end], content[end:])

    def checked(self, name: str) -> Packed | None:
        """The same, if it is well made: a second for a million networks."""
        kept = self.get(name)
        try:
            return kept and packed.check(kept)
        except AddressInvalid:
            return None

    def write(self, name: str, content: bytes) -> None:
        """Replaced whole, and on the disk when this returns."""
        if self._folder is None:
            self._kept[name] = content
            return
        fresh = self._folder / f"{name}.new"
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            with fresh.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._folder / name)
        except OSError as error:
            raise Unavailable(f"The agent cannot keep {fresh}: {error.strerror}.") from error

    def read(self, name: str) -> bytes | None:
        if self._folder is None:
            return self._kept.get(name)
        try:
            return (self._folder / name).read_bytes()
        except OSError:
            return None

    def drop(self, name: str) -> None:
        self._kept.pop(name, None)
        if self._folder is not None:
            (self._folder / name).unlink(missing_ok=True)
