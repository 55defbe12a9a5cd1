"""How far a copy has come, for who watches a terminal; silent elsewhere."""

from __future__ import annotations

import time
from types import TracebackType

from django.core.management.base import OutputWrapper

EVERY = 0.2  # seconds


class Progress:
    def __init__(self, stream: OutputWrapper) -> None:
        self._stream, self._shown = stream, 0.0
        self._watched = stream.isatty()

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        if self._watched and self._shown:
            self._stream.write("")

    def moved(self, count: int) -> None:
        """``count`` bytes have gone over so far."""
        if self._watched and time.monotonic() - self._shown > EVERY:
            self._shown = time.monotonic()
            self._stream.write(f"\r{count / 1e6:,.0f} MB", ending="")
            self._stream.flush()
