"""What the configuration folder comes to, read again only when a file in it has changed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

from banguard.fail2ban import configfolder, origins, resolution, staging
from banguard.fail2ban.resolution import Resolution

_EXPRESSIONS = {"addfailregex", "addignoreregex", "prefregex"}


class Readings:
    """Any thread may ask; what one reads the others get."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._turn = threading.Lock()
        self._of: tuple[configfolder.ListedFile, ...] = ()
        self._last: Resolution | None = None
        self._shipped: frozenset[str] | None = None

    def now(self) -> Resolution:
        with self._turn:
            self._forget_the_past()
            if self._last is None:
                self._last = resolution.resolve(self._folder, feed=True)
            return self._last

    def ships(self, expression: str) -> bool:
        """Whether a filter of the package has this expression, as it is written or as it is resolved."""
        with self._turn:
            self._forget_the_past()
            if self._shipped is None:
                self._shipped = frozenset(_shipped(self._folder))
            return expression in self._shipped

    def _forget_the_past(self) -> None:
        files = configfolder.listed(self._folder)
        if files != self._of:
            self._last, self._shipped, self._of = None, None, files


def expressions_in(stream: tuple[resolution.Command, ...]) -> Iterator[str]:
    """Every expression that the commands hand to the server."""
    for command in stream:
        if len(command) > 3 and command[2] in _EXPRESSIONS:
            value = command[3]
            yield from map(str, value) if isinstance(value, list) else [str(value)]


def _shipped(folder: Path) -> Iterator[str]:
    # Our own overlays are left out: an expression does not become the package's by being saved here.
    overlays = [path for path, _ in staging.files_below(folder) if path.endswith(".local")]
    without: dict[str, bytes | None] = dict.fromkeys(overlays)
    yield from expressions_in(resolution.resolve(folder, without, every_jail=True).stream)
    for name in origins.names(folder, "filter"):
        for option in origins.definition(folder, "filter", name).options:
            for place in option.settings:
                if not place.file.endswith(".local"):
                    yield from place.written.split("\n")
            if not any(place.file.endswith(".local") for place in option.settings):
                yield from option.value.split("\n")
