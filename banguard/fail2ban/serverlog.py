"""Where the server writes its log, and what is new in it: a file or the journal."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from banguard.core.errors import BanGuardError
from banguard.fail2ban import journal, logfile
from banguard.fail2ban.values import LogPage

_IN_JOURNAL = {"SYSTEMD-JOURNAL", "SYSLOG", "SYSOUT", "STDOUT", "STDERR"}
NONE = LogPage((), "", True, "", "none")


class KnowsTarget(Protocol):
    def setting(self, name: str) -> str: ...


class ServerLog:
    """``path``: the log as the admin named it; None: wherever the running server says."""

    def __init__(self, server: KnowsTarget, path: Path | None) -> None:
        self._server, self._path = server, path
        self._target: str | None = None

    def log_since(self, place: str) -> LogPage:
        """What follows ``place`` ("" for all there is). Raises ``Fail2banUnreachable`` when it cannot be read."""
        target = str(self._path) if self._path else self._known_target()
        if target in _IN_JOURNAL:
            return _changed(place, journal.read(journal.cursor_in(place), since=_time_of(place)))
        if not target.startswith("/"):
            return NONE
        here = logfile.place_in(place)
        if here is None and place:
            here = logfile.FilePlace(0, 0, "", _time_of(place), behind=True)  # nowhere, so it is a hole
        return logfile.read(Path(target), here)

    def _known_target(self) -> str:
        """The server's own answer; while it is down, its last one, since its last lines are still to be read."""
        try:
            self._target = self._server.setting("logtarget")
        except BanGuardError:
            if self._target is None:
                raise
        return self._target


def _time_of(place: str) -> int:
    """When the last line was written that was read, in milliseconds since 1970, whatever the kind of the place."""
    found = re.fullmatch(r"file:\d+:\d+:[0-9a-f]*:(\d{1,15}).*|journal:(\d{1,15}):.*", place)
    return int(found[1] or found[2]) if found else 0


def _changed(place: str, page: LogPage) -> LogPage:
    """The log moved into the journal: what was still to be read of the file is not known to be all of it."""
    if place.startswith("file:"):
        return replace(page, hole="the log moved into the journal")
    return page if page.place else replace(page, place=place)
