"""What a jail watches: whether each log is there and can be read, and its last lines.

Whoever may configure a jail may write any path into it, so a path alone opens nothing: a log is shown only when
it lies in one of the folders that logs may lie in, once every link is followed, and is an ordinary file.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

MOST_FILES = 50  # of one jail
TAIL = 128 * 1024  # bytes that are read from the end of a file
LONGEST = 2_000  # characters of a line that are shown
JOURNAL_SECONDS = 10.0
_WILD = re.compile(r"[*?\[]")
_MATCH = re.compile(r"[A-Z_][A-Z0-9_]{0,63}=[\x20-\x7e]{1,200}")


@dataclass(frozen=True, slots=True)
class Log:
    """``problem`` is empty for a file that can be read. ``lines`` are its last ones, oldest first."""

    path: str
    size: int = 0
    problem: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JournalMatch:
    """The fields that one of a jail's alternatives asks for, and the last entries that have them."""

    fields: tuple[str, ...]
    problem: str = ""
    lines: tuple[str, ...] = ()


def logs(patterns: Iterable[str], folders: Sequence[Path], *, lines: int) -> tuple[Log, ...]:
    """The files that the patterns name; a pattern that names none is told as one that is not there."""
    found = (log for pattern in dict.fromkeys(patterns) for log in _matching(pattern, folders, lines))
    return tuple(islice(found, MOST_FILES))


def journal(matches: Iterable[tuple[str, ...]], *, lines: int) -> tuple[JournalMatch, ...]:
    """The last entries of the journal for each alternative."""
    return tuple(_entries(match, lines) for match in islice(matches, MOST_FILES))


def _matching(pattern: str, folders: Sequence[Path], lines: int) -> Iterator[Log]:
    refusal = _refusal(pattern, folders)
    if refusal:
        yield Log(pattern, problem=refusal)
        return
    paths = [pattern]
    if _WILD.search(pattern):
        paths = sorted(map(str, islice(Path("/").glob(str(Path(pattern).relative_to("/"))), MOST_FILES)))
    if not paths:
        yield Log(pattern, problem="No file fits this pattern.")
    for path in paths:
        yield _log(path, folders, lines)


def _refusal(pattern: str, folders: Sequence[Path]) -> str:
    """Before a pattern is looked for anywhere: it must begin in one of the folders, and climb out of none."""
    path = Path(pattern)
    if "\x00" in pattern or not path.is_absolute() or ".." in path.parts or "**" in pattern:
        return "Only a plain absolute path is looked at."
    if not any(path.is_relative_to(folder) for folder in folders):
        return f"It lies outside the folders for logs: {', '.join(map(str, folders))}."
    return ""


def _log(path: str, folders: Sequence[Path], lines: int) -> Log:
    try:
        descriptor = os.open(Path(path).resolve(strict=True), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except (OSError, RuntimeError) as error:  # the latter: links that lead round in circles
        return Log(path, problem=f"It cannot be opened: {getattr(error, 'strerror', None) or 'too many links'}.")
    try:
        return _opened(path, descriptor, folders, lines)
    finally:
        os.close(descriptor)


def _opened(path: str, descriptor: int, folders: Sequence[Path], lines: int) -> Log:
    status = os.fstat(descriptor)
    # Where it really lies is asked of what was opened: a path could have changed since it was looked at.
    real = Path(f"/proc/self/fd/{descriptor}").readlink()
    if not any(real.is_relative_to(folder.resolve()) for folder in folders):
        return Log(path, problem="It is a link that leads out of the folders for logs.")
    if not stat.S_ISREG(status.st_mode):
        return Log(path, problem="It is no ordinary file.")
    end = os.pread(descriptor, TAIL, max(0, status.st_size - TAIL))
    return Log(path, status.st_size, lines=_last(end, lines, cut=status.st_size > TAIL))


def _last(data: bytes, count: int, *, cut: bool) -> tuple[str, ...]:
    found = data.decode("utf-8", "replace").split("\n")
    whole = found[1:] if cut else found
    return tuple(line.rstrip("\r")[:LONGEST] for line in whole if line.strip())[-count:] if count else ()


def _entries(match: tuple[str, ...], lines: int) -> JournalMatch:
    program = shutil.which("journalctl")
    words = [word for word in match if word != "+"]
    if not words or not all(_MATCH.fullmatch(word) for word in words):
        return JournalMatch(match, problem="Only entries of named fields are looked at.")
    if program is None:
        return JournalMatch(match, problem="There is no journal on this machine.")
    order = [program, "--no-pager", "--quiet", "--output=short-iso", f"--lines={lines}", "--", *match]
    try:
        done = subprocess.run(  # noqa: S603 - fixed words and checked fields, no shell
            order, capture_output=True, timeout=JOURNAL_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return JournalMatch(match, problem=f"The journal cannot be read: {type(error).__name__}.")
    if done.returncode:
        return JournalMatch(match, problem=done.stderr.decode("utf-8", "replace").strip()[:300])
    return JournalMatch(match, lines=_last(done.stdout, lines, cut=False))
