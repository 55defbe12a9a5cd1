"""How this layer speaks: one line per matter, a name in the first column, colours on a terminal only."""

from __future__ import annotations

import os
import sys
from itertools import cycle
from typing import TextIO

_COLUMN = 10
_COLOURS = cycle((36, 33, 35, 32, 34, 96))
_colour_of: dict[str, int] = {}


def plain(text: str = "") -> None:
    _write(sys.stdout, text)


def about(name: str, text: str, seconds: float | None = None) -> None:
    """``postgres   runs in var/postgres (0.3 s)``."""
    took = "" if seconds is None else f" ({seconds:.1f} s)"
    plain(f"  {name:<{_COLUMN}} {text}{took}")


def problem(text: str) -> None:
    _write(sys.stderr, f"\033[31m{text}\033[0m" if sys.stderr.isatty() else text)


def output(name: str, line: str) -> None:
    """One line of a process: ``web        | ...``."""
    prefix = f"{name:<{_COLUMN}} |"
    if sys.stdout.isatty():
        prefix = f"\033[{_colour_of.setdefault(name, next(_COLOURS))}m{prefix}\033[0m"
    plain(f"{prefix} {line}")


def _write(stream: TextIO, text: str) -> None:
    try:
        print(text, file=stream, flush=True)
    except BrokenPipeError:
        # The reader has gone (``script/server | head``): go on in silence rather than leave processes behind.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
