"""What was done, and how history differs from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

Key = tuple[str, str]  # jail, address
# (jail, address, banned_at, lifted_at, lift_reason), in the order of banned_at
Stored = tuple[str, str, datetime, datetime | None, str]
SLACK = 1.5  # seconds by which a clock that is read before and after may be wrong
LATE = 70.0  # seconds that Fail2ban or a sweep may take to end what has expired


@dataclass
class Done:
    """One ban that was made. Times in seconds since 1970: the end lies between two, for one of the reasons."""

    begun: float
    first: float | None = None
    last: float | None = None
    reasons: frozenset[str] = frozenset()

    def end(self, first: float, last: float, *reasons: str) -> None:
        self.first, self.last, self.reasons = first, last, frozenset(reasons)


@dataclass(frozen=True)
class Verdict:
    bans: int
    lost: int
    doubled: int
    wrong_ends: int
    examples: tuple[str, ...]


class Truth:
    def __init__(self) -> None:
        self.done: defaultdict[Key, list[Done]] = defaultdict(list)

    def ban(self, jail: str, address: str, at: float) -> Done:
        made = Done(at)
        self.done[jail, address].append(made)
        return made

    def open_in(self, jail: str) -> list[Done]:
        found = (some[-1] for (name, _), some in self.done.items() if name == jail)
        return [done for done in found if done.first is None]

    def judge(self, stored: Iterable[Stored]) -> Verdict:
        held: defaultdict[Key, list[Stored]] = defaultdict(list)
        for row in stored:
            held[row[0], row[1]].append(row)
        lost = doubled = 0
        wrong: list[str] = []
        for key in {**self.done, **held}:
            did, has = self.done.get(key, []), held.get(key, [])
            lost, doubled = lost + max(len(did) - len(has), 0), doubled + max(len(has) - len(did), 0)
            if len(did) != len(has):
                wrong.append(f"{len(has)} instead of {len(did)}: {did} {has}")
            wrong += [f"wrong end: {one} {row}" for one, row in zip(did, has, strict=False) if not _ended_so(one, row)]
        ends = sum(text.startswith("wrong end") for text in wrong)
        return Verdict(sum(map(len, self.done.values())), lost, doubled, ends, tuple(wrong[:10]))


def _ended_so(done: Done, row: Stored) -> bool:
    _, _, _, lifted_at, reason = row
    if done.first is None or done.last is None:
        return lifted_at is None
    if lifted_at is None or reason not in done.reasons:
        return False
    return done.first - SLACK <= lifted_at.timestamp() <= done.last + SLACK
