"""Following the ``%(name)s`` references of a configuration value."""

from __future__ import annotations

import re
from collections.abc import Mapping

MAX_DEPTH = 10  # the same as Python's own reader has
MAX_STEPS = 1_000  # references followed for one value, so that a few lines cannot unfold into gigabytes
_REFERENCE = re.compile(r"%(?:(%)|\(([^()]*)\)s)")
_OF_SECTION = re.compile(r"([\w\-]+)/(\S+)")

Sections = Mapping[str, Mapping[str, str]]


class Unresolved(Exception):  # not one of our errors: it never leaves this package
    """A reference to something that is not there, or that goes round in circles; the message is the reference."""


class Expansion:
    """One value being expanded, as seen from one section."""

    def __init__(self, sections: Sections, known: Sections, defaults: Mapping[str, str], section: str) -> None:
        self._sections = sections
        self._known = known
        self._defaults = defaults
        self._section = section
        self._steps = 0

    def expand(self, text: str, depth: int = 0) -> str:
        """``text`` with every reference replaced. Raises ``Unresolved``."""

        def replacement(found: re.Match[str]) -> str:
            return "%" if found[1] else self.expand(self._step(found[2], depth), depth + 1)

        return _REFERENCE.sub(replacement, text)

    def _step(self, reference: str, depth: int) -> str:
        self._steps += 1
        value = self._looked_up(reference)
        if value is None or depth >= MAX_DEPTH or self._steps > MAX_STEPS:
            raise Unresolved(f"%({reference})s")
        return value

    def _looked_up(self, reference: str) -> str | None:
        if reference == "__name__":
            return self._section
        if qualified := _OF_SECTION.fullmatch(reference):
            return self._looked_up_in(qualified[1], qualified[2].lower())
        own = self._sections.get(self._section, {})
        return own.get(reference.lower(), self._defaults.get(reference.lower()))

    def _looked_up_in(self, name: str, option: str) -> str | None:
        if name.lower() == "known":
            options = self._known.get(self._section, {})
        elif name.lower() == "default":
            options = {}
        elif name in self._sections:
            options = self._sections[name]
        else:
            return None
        return options.get(option, self._defaults.get(option))
