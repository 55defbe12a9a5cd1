"""The configuration folder as files: listing them, reading one, and never a path that leads out of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from banguard.core.errors import InvalidInput, NotFound, Unavailable
from banguard.fail2ban.configfiles import MAX_FILE
from banguard.fail2ban.staging import files_below


@dataclass(frozen=True, slots=True)
class ListedFile:
    path: str
    size: int
    digest: str
    modified_at: int


def listed(folder: Path) -> tuple[ListedFile, ...]:
    """Every file that Fail2ban may read, by path within the folder. Raises ``NotFound`` without the folder."""
    if not folder.is_dir():
        raise NotFound(f"There is no configuration folder {folder}.", path=str(folder))
    return tuple(_listed(name, path) for name, path in files_below(folder) if path.stat().st_size <= MAX_FILE)


def content(folder: Path, path: str) -> bytes | None:
    """None for a file that is not there. Raises ``InvalidInput`` for one that lies elsewhere or is too big."""
    found = inside(folder, path)
    try:
        if not found.is_file():
            return None
        if found.stat().st_size > MAX_FILE:
            raise InvalidInput(f"{path} is too big to be a configuration file.", path=path)
        return found.read_bytes()
    except OSError as error:
        raise Unavailable(f"{path} cannot be read: {error.strerror}.", path=path) from error


def inside(folder: Path, path: str) -> Path:
    """The path, when it stays within the folder once every link is followed."""
    found = folder / path
    if not found.resolve().is_relative_to(folder.resolve()):
        raise InvalidInput(f"{path} leads out of the configuration folder.", path=path)
    return found


def digest(content: bytes | None) -> str:
    return "" if content is None else hashlib.sha256(content).hexdigest()


def _listed(name: str, path: Path) -> ListedFile:
    try:
        data, status = path.read_bytes(), path.stat()
    except OSError as error:
        raise Unavailable(f"{name} cannot be read: {error.strerror}.", path=name) from error
    return ListedFile(name, len(data), digest(data), int(status.st_mtime))
