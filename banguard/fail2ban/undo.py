"""What it takes to undo a change that is under way, on disk before anything is changed.

It lies in the configuration folder itself: on the same disk as what it can restore, and there after a reboot. Its
name begins with a dot, so Fail2ban does not read it. While it is there the change it tells of is not finished; that
it goes away is what makes the change count.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from banguard.fail2ban import configfolder, files
from banguard.fail2ban.files import Owned
from banguard.fail2ban.staging import Texts

NAME = ".banguard-undo.json"


@dataclass(frozen=True)
class Before:
    """One file as it was: its path within the folder, and None for one that was not there.

    ``after`` is the digest of what the change makes of it: what is neither, somebody else has written since.
    """

    path: str
    content: bytes | None
    owned: Owned | None
    after: str


@dataclass(frozen=True)
class Loads:
    """What has to be loaded when the files change: jails by name, and words for ``set`` about the server as a whole.

    ``at_once``: all jails in one go, which is only safe where none of them is faulty.
    """

    touched: tuple[str, ...] = ()
    restarted: tuple[str, ...] = ()
    stopped: tuple[str, ...] = ()
    settings: tuple[tuple[str, ...], ...] = ()
    settings_before: tuple[tuple[str, ...], ...] = ()
    at_once: bool = False

    def turned_round(self, started: Iterable[str]) -> Loads:
        """What undoes it: what was stopped is loaded, what was ``started`` is stopped."""
        begun = {*started}
        touched = {*self.touched, *self.stopped} - begun
        return Loads(
            touched=tuple(sorted(touched)),
            restarted=tuple(jail for jail in self.restarted if jail not in begun),
            stopped=tuple(sorted(begun)),
            settings=self.settings_before,
            at_once=self.at_once,
        )


@dataclass(frozen=True)
class Undo:
    """``jails`` are those that ran before; ``folders`` those that had to be made, within the folder."""

    files: tuple[Before, ...]
    folders: tuple[str, ...]
    loads: Loads
    jails: tuple[str, ...]


def keep(folder: Path, undo: Undo) -> None:
    """Raises ``OSError``."""
    written = {
        "files": [
            {
                "path": one.path,
                "content": None if one.content is None else base64.b64encode(one.content).decode("ascii"),
                "owned": one.owned and asdict(one.owned),
                "after": one.after,
            }
            for one in undo.files
        ],
        "folders": undo.folders,
        "loads": asdict(undo.loads),
        "jails": undo.jails,
    }
    files.replace(folder / NAME, json.dumps(written).encode("ascii"), Owned(0o600, 0, 0))


def kept(folder: Path) -> Undo | None:
    """The change that did not come to its end, if there is one. Raises ``OSError`` and ``ValueError``."""
    try:
        read = json.loads((folder / NAME).read_bytes())
    except FileNotFoundError:
        return None
    return Undo(
        files=tuple(
            Before(
                one["path"],
                None if one["content"] is None else base64.b64decode(one["content"]),
                one["owned"] and Owned(**one["owned"]),
                one["after"],
            )
            for one in read["files"]
        ),
        folders=tuple(read["folders"]),
        loads=_loads(read["loads"]),
        jails=tuple(read["jails"]),
    )


def forget(folder: Path) -> None:
    files.remove(folder / NAME)


def before(folder: Path, changes: Texts) -> tuple[Before, ...]:
    """The files that ``changes`` are about, as they are now. Raises ``OSError``."""
    return tuple(_before(folder, path, content) for path, content in changes.items())


def put_back(folder: Path, undo: Undo) -> None:
    """The bytes, owners and modes from before; what was not there goes. Doing it again is harmless. Raises ``OSError``.

    A file that somebody has written since is left as it is.
    """
    for one in undo.files:
        path = folder / one.path
        files.draft_of(path).unlink(missing_ok=True)
        if configfolder.digest(configfolder.content(folder, one.path)) != one.after:
            continue
        if one.content is None:
            path.unlink(missing_ok=True)
        else:
            files.replace(path, one.content, one.owned)
    for name in undo.folders:
        if (folder / name).is_dir() and not any((folder / name).iterdir()):
            (folder / name).rmdir()
    files.sync_folder(folder)


def _before(folder: Path, path: str, after: bytes | None) -> Before:
    owned = files.owned(folder / path)
    content = None if owned is None else (folder / path).read_bytes()
    return Before(path, content, owned, configfolder.digest(after))


def _loads(read: dict[str, Any]) -> Loads:
    """JSON has lists where there were tuples."""
    return Loads(
        touched=tuple(read["touched"]),
        restarted=tuple(read["restarted"]),
        stopped=tuple(read["stopped"]),
        settings=tuple(map(tuple, read["settings"])),
        settings_before=tuple(map(tuple, read["settings_before"])),
        at_once=read["at_once"],
    )
