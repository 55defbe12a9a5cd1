"""Writing a file so that whoever reads it, or a machine that loses its power, finds it whole: the old or the new."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

MODE = 0o644  # of a file that was not there before


@dataclass(frozen=True)
class Owned:
    """Whose a file is, and who may read it."""

    mode: int
    user: int
    group: int


def owned(path: Path) -> Owned | None:
    """None for a file that is not there. Raises ``OSError``, also for what is no plain file (a link is none)."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(status.st_mode):
        raise OSError(0, "It is not a plain file")
    return Owned(stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid)


def draft_of(path: Path) -> Path:
    """Where it is written first. Always the same name, so that one left by a crash is found; its dot hides it."""
    return path.with_name(f".{path.name}.banguard")


def replace(path: Path, content: bytes, like: Owned | None = None) -> None:
    """Write a temporary file, sync it, rename it. Owner and mode stay those of the file it replaces, or ``like``.

    Raises ``OSError``; then nothing has changed.
    """
    kept = like or owned(path)
    draft = draft_of(path)
    try:
        _write(draft, content, kept)
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write(draft: Path, content: bytes, kept: Owned | None) -> None:
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        if kept and os.geteuid() == 0:
            os.fchown(file.fileno(), kept.user, kept.group)
        os.fchmod(file.fileno(), kept.mode if kept else MODE)
        os.fsync(file.fileno())
