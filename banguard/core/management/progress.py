"""How far long work has come, for who watches a terminal; silent elsewhere."""

from __future__ import annotations

import time
from types import TracebackType

from django.core.management.base import OutputWrapper

EVERY = 0.2  # seconds
WIDTH = 30  # of a bar, in letters


class Progress:
    """Counts bytes, or things of which there are ``whole``: those as a bar."""

    def __init__(self, stream: OutputWrapper, things: str = "", whole: int = 0) -> None:
        self._stream, self._shown = stream, 0.0
        self._things, self._whole = things, whole
        self._watched = stream.isatty()

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        if self._watched and self._shown:
            self._stream.write("")

    def moved(self, count: int) -> None:
        """``count`` bytes or things have been dealt with so far."""
        if self._watched and time.monotonic() - self._shown > EVERY:
            self._shown = time.monotonic()
            self._stream.write(f"\r{self._told(count)}", ending="")
            self._stream.flush()

    def _told(self, count: int) -> str:
        if not self._things:
            return f"{count / 1e6:,.0f} MB"
        share = min(count / max(self._whole, count, 1), 1.0)
        bar = ("#" * round(WIDTH * share)).ljust(WIDTH, ".")
        return f"[{bar}] {share:4.0%}  {count:,} {self._things}"
