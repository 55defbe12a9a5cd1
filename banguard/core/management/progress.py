"""How far long work has come, for who watches a terminal; silent elsewhere."""

from __future__ import annotations

import time
from types import TracebackType

from django.core.management.base import OutputWrapper

EVERY = 0.2  # seconds
WIDTH = 30  # of a bar, in letters
STAGE = 30  # and of what stands behind it


class Progress:
    """Counts bytes, or things of which there are ``whole``: those as a bar."""

    def __init__(self, stream: OutputWrapper, things: str = "", whole: int = 0) -> None:
        self._stream, self._shown = stream, 0.0
        self._things, self._whole = things, whole
        self.watched = stream.isatty()

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        if self.watched and self._shown:
            self._stream.write("")

    def moved(self, count: int) -> None:
        """``count`` bytes or things have been dealt with so far."""
        self._show(self._told(count))

    def reached(self, stage: str, done: int, whole: int) -> None:
        """Work of several stages is at this one; ``whole`` 0: nobody knows how long it is."""
        share = min(done / whole, 1.0) if whole else 0.0
        self._show(f"{_bar(share)} {f'{share:4.0%}' if whole else '    '}  {stage}".ljust(WIDTH + STAGE))

    def _show(self, text: str) -> None:
        if self.watched and time.monotonic() - self._shown > EVERY:
            self._shown = time.monotonic()
            self._stream.write(f"\r{text}", ending="")
            self._stream.flush()

    def _told(self, count: int) -> str:
        if not self._things:
            return f"{count / 1e6:,.0f} MB"
        share = min(count / max(self._whole, count, 1), 1.0)
        return f"{_bar(share)} {share:4.0%}  {count:,} {self._things}"


def _bar(share: float) -> str:
    return f"[{('#' * round(WIDTH * share)).ljust(WIDTH, '.')}]"
