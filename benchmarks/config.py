"""Breaks changes of the configuration in every way, on a real Fail2ban, and counts what is left broken."""

from __future__ import annotations

import argparse
import random
from collections import Counter

from banguard.machine import say
from benchmarks.breakage import campaign
from benchmarks.breakage.campaign import Outcome
from benchmarks.breakage.guarded import guarded_machine
from benchmarks.figures import Figures


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--edits", type=int, default=200, help="how many (200)")
    parser.add_argument("--seed", type=int, help="repeats an earlier campaign's edits (else by chance)")


def run(options: argparse.Namespace) -> tuple[Figures, bool]:
    """The figures, and whether the last good configuration ran after each edit."""
    seed = random.randrange(1_000_000) if options.seed is None else options.seed  # noqa: S311
    say.plain(f"seed {seed}: {options.edits} edits")
    with guarded_machine() as machine:
        outcomes = campaign.run(machine, options.edits, seed, lambda number, one: _tell(number, options.edits, one))
    figures: Figures = {"seed": seed, **figures_of(outcomes)}
    say.plain("\n" + "\n".join(f"{name:<24} {value}" for name, value in figures.items()))
    return figures, figures["left_broken"] == 0 and figures["not_restored"] == 0


def figures_of(outcomes: list[Outcome]) -> Figures:
    kinds = Counter(f"of_{one.edit.kind}" for one in outcomes)
    ends = Counter(f"ended_{one.ended}" for one in outcomes)
    return {
        "edits": len(outcomes),
        "left_broken": sum(bool(one.broken) for one in outcomes),
        "not_restored": sum(one.strayed for one in outcomes),
        "recovery_seconds_max": round(max(one.recovery for one in outcomes), 2),
        **dict(sorted(kinds.items())),
        **dict(sorted(ends.items())),
    }


def _tell(number: int, of: int, one: Outcome) -> None:
    wrong = f"  LEFT BROKEN: {one.broken}" if one.broken else ""
    wrong += "  NOT RESTORED" if one.strayed else ""
    say.plain(f"{number:>5}/{of}  {one.edit.kind:<16} {one.ended:<18} well after {one.recovery:5.2f} s{wrong}")
