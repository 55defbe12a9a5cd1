"""Breaks things one after the other, in an order that the seed decides, and judges what the workers did."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice, pairwise
from random import Random

from benchmarks.chaos.faults import FAULTS
from benchmarks.chaos.journal import Effect, Order
from benchmarks.chaos.world import World


@dataclass(frozen=True)
class Outcome:
    """``recovery``: seconds from the fault's end until the lock's holder worked again.

    ``silence``: the longest time without any effect from just before the fault until then, in seconds.
    ``overlaps``: effects that the journal should not have taken, since the last fault.
    """

    fault: str
    recovery: float
    silence: float
    overlaps: int


@dataclass(frozen=True)
class Report:
    """``fenced``: effects that were refused, by where: the journal or the database."""

    outcomes: list[Outcome]
    overlaps: int
    fenced: Counter[str]
    effects: int
    tokens: int


def run(world: World, faults: int, tell: Callable[[int, Outcome], None]) -> Report:
    """``tell`` is given each fault's number, from 1, and its outcome."""
    order, outcomes = Order(), list[Outcome]()
    seen = 0
    for number, fault in enumerate(islice(_kinds(world.chance), faults), start=1):
        world.wait_for_work(seen)
        time.sleep(world.chance.uniform(0, world.deadline / 2))
        outcome, seen = _one(world, fault, order, seen)
        outcomes.append(outcome)
        tell(number, outcome)
    return _report(world, outcomes, order, seen)


def _one(world: World, fault: str, order: Order, seen: int) -> tuple[Outcome, int]:
    """The outcome, and how many of the journal's effects are judged now; ``seen`` were before."""
    begun, before = time.monotonic(), order.overlaps
    FAULTS[fault](world)
    over, at_end = time.monotonic(), len(world.journal)
    world.wait_for_work(at_end)
    recovery = time.monotonic() - over
    new = world.journal.read(seen)
    order.judge((effect.token, effect.worker) for effect in new)
    return Outcome(fault, recovery, _silence(new, begun), order.overlaps - before), seen + len(new)


def _report(world: World, outcomes: list[Outcome], order: Order, seen: int) -> Report:
    world.crew.stop()  # so that nothing is added while it is judged
    last, rows = world.journal.read(seen), world.effects_in_database()
    order.judge((effect.token, effect.worker) for effect in last)
    in_database = Order()
    in_database.judge(rows)
    return Report(
        outcomes=outcomes,
        overlaps=order.overlaps + in_database.overlaps,
        fenced=world.journal.refusals(),
        effects=seen + len(last) + len(rows),
        tokens=order.tokens,
    )


def _silence(effects: list[Effect], begun: float) -> float:
    """The longest pause between two effects, the first of them the last one before ``begun``."""
    gaps = [after.at - before.at for before, after in pairwise(effects) if after.at > begun]
    return max(gaps, default=0.0)


def _kinds(chance: Random) -> Iterator[str]:
    """Every kind once, in any order, then again: no seed leaves one out."""
    while True:
        yield from chance.sample(list(FAULTS), len(FAULTS))
