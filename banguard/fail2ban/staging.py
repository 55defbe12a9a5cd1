"""A copy of the whole configuration folder, in which a change can be tried before anything real is touched."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from banguard.core.errors import InvalidInput, Unavailable

MAX_FILES = 5_000
MAX_BYTES = 32 * 1024 * 1024  # all files together; the package ships 165 with 0.5 MB
_PREFIX = "banguard-stage-"  # then the process whose it is
_SUFFIXES = {".conf", ".local", ".py"}

Texts = Mapping[str, bytes | None]  # path within the folder -> its content, None to leave it out


@contextmanager
def staged(folder: Path, changes: Texts, *, owner: int | None = None) -> Iterator[Path]:
    """A copy of ``folder`` with ``changes`` made, that ends with the block. It is readable by ``owner`` alone.

    Links are followed: what Fail2ban would read through them is what is tried.
    """
    _sweep()
    with tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{os.getpid()}-") as name:
        stage = Path(name) / "fail2ban"
        try:
            _copy(folder, stage)
            for path, content in changes.items():
                _put(stage / path, content)
            if owner is not None:
                _give(Path(name), owner)
        except OSError as error:
            raise Unavailable(f"The configuration cannot be copied: {error.strerror}.", path=str(folder)) from error
        yield stage


def _sweep() -> None:
    """Of copies whose process was killed nobody else would think."""
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*-*"):
        process = left.name.removeprefix(_PREFIX).partition("-")[0]
        if process.isdecimal() and not Path("/proc", process).exists():
            shutil.rmtree(left, ignore_errors=True)


def files_below(folder: Path) -> Iterator[tuple[str, Path]]:
    """What Fail2ban may read: (path within the folder, path), by name. Raises ``InvalidInput`` when it is too much."""
    spent = count = 0
    for path in sorted(folder.rglob("*")):
        if path.suffix not in _SUFFIXES and path.parent.name != "ignorecommands":
            continue
        status = _status(path)
        if status is None or not stat.S_ISREG(status.st_mode):
            continue
        count, spent = count + 1, spent + status.st_size
        if count > MAX_FILES or spent > MAX_BYTES:
            raise InvalidInput("The configuration folder holds more than a configuration.", folder=str(folder))
        yield str(path.relative_to(folder)), path


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:  # a link that leads nowhere
        return None


def _copy(folder: Path, stage: Path) -> None:
    stage.mkdir()
    for name, path in files_below(folder):
        copy = stage / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)


def _put(path: Path, content: bytes | None) -> None:
    if content is None:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _give(top: Path, owner: int) -> None:
    os.chown(top, owner, owner)
    for folder, _, files in os.walk(top):
        os.chown(folder, owner, owner)
        for file in files:
            os.chown(Path(folder) / file, owner, owner)
