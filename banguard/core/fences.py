"""The proof that goes along with an effect outside the database: under which lock, and with which token."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fence:
    """``lock``: a lock's name and the id of what it guards, such as ``enforce:1``. Tokens only grow."""

    lock: str
    token: int
