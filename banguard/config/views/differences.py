"""A unified diff as the pages draw it."""

from __future__ import annotations

from dataclasses import dataclass

from banguard.core.errors import RevisionConflict

MOST_LINES = 2_000  # of one diff on a page; the API gives all
_KINDS = {"+": "added", "-": "removed", "@": "place"}


@dataclass(frozen=True)
class DiffLine:
    """``kind``: added, removed, place (which lines follow), head, or empty for one that stays."""

    kind: str
    text: str


def lines_of(diff: str) -> list[DiffLine]:
    lines = diff.split("\n")[:MOST_LINES] if diff else []
    return [DiffLine(_kind(line), line) for line in lines]


def conflict_of(error: RevisionConflict) -> dict[str, object]:
    """What a template needs to show what somebody else changed meanwhile."""
    return {
        "conflict": error.message,
        "theirs": lines_of(str(error.details.get("theirs", ""))),
        "yours": lines_of(str(error.details.get("diff", ""))),
    }


def _kind(line: str) -> str:
    return "head" if line.startswith(("--- ", "+++ ")) else _KINDS.get(line[:1], "")
