"""Trying a filter or expressions on lines, with Fail2ban's own verdict, in a sandbox."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from banguard.core import sandbox
from banguard.core.errors import InvalidInput, NotFound, RegexInvalid, RegexTimeout
from banguard.fail2ban import origins, staging
from banguard.fail2ban.staging import Texts

CHILD = (Path(__file__).parent / "children" / "try_filter.py").read_text(encoding="utf-8")
LIMITS = sandbox.Limits(seconds=20.0)  # 5,000 lines of sshd take 0.3 s
_PLAIN = re.compile(r"[A-Za-z0-9_ .,:/@\-]{0,100}")


@dataclass(frozen=True)
class Wanted:
    """A filter by its name with options for it, or expressions of their own."""

    filter: str | None
    options: Mapping[str, str]
    failregex: Sequence[str]
    ignoreregex: Sequence[str]


def run(folder: Path, wanted: Wanted, lines: Sequence[str], changes: Texts) -> dict[str, object]:
    """The counts of ``fail2ban-regex`` and what became of each line; ``changes`` of files count for this alone.

    Raises ``NotFound``, ``RegexInvalid`` with Fail2ban's words, or ``RegexTimeout``.
    """
    if wanted.filter is None and not wanted.failregex:
        raise InvalidInput("Name a filter, or give expressions.")
    new = f"filter.d/{wanted.filter}.local" in changes
    if wanted.filter is not None and not new and wanted.filter not in origins.names(folder, "filter"):
        raise NotFound(f"There is no filter “{wanted.filter}”.", filter=wanted.filter)
    user = sandbox.unused_user()
    with staging.staged(folder, changes, owner=user) as stage:
        order = {
            "folder": str(stage),
            "filter": wanted.filter and wanted.filter + _spelt(wanted.options),
            "failregex": list(wanted.failregex),
            "ignoreregex": list(wanted.ignoreregex),
            "lines": [_one_line(line) for line in lines],
        }
        return _told(sandbox.run(CHILD, order, limits=LIMITS, user=user))


def _told(ended: sandbox.Ended) -> dict[str, object]:
    if ended.timed_out:
        raise RegexTimeout(f"The expressions did not get through these lines within {LIMITS.seconds:g} seconds.")
    if not ended.well:
        raise RegexInvalid(f"Fail2ban broke on it: {ended.complaint[-300:]}")
    told: dict[str, object] = json.loads(ended.output)
    if "error" in told:
        raise RegexInvalid(f"Fail2ban refuses it: {str(told['error'])[:500]}", reason=str(told["error"])[:500])
    return told


def _spelt(options: Mapping[str, str]) -> str:
    for value in options.values():
        # Options become parts of expressions: without these letters none can hold a repetition that explodes.
        if not _PLAIN.fullmatch(value):
            raise InvalidInput("An option of a filter is a plain word, such as aggressive.")
    return "[" + ", ".join(f'{name}="{value}"' for name, value in options.items()) + "]" if options else ""


def _one_line(line: str) -> str:
    return line.replace("\n", " ").replace("\r", "")
