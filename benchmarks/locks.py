"""Breaks the processes, the database and the network under competing workers, and counts what went wrong."""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys

from banguard.machine import call, say
from banguard.machine.errors import CannotGoOn
from benchmarks.chaos import campaign
from benchmarks.chaos.campaign import Outcome, Report
from benchmarks.chaos.faults import FAULTS
from benchmarks.chaos.world import World, world
from benchmarks.figures import Figures, percentile

LONGEST_RECOVERY = 15.0  # seconds
_SUMMARY = """
recovery: from the fault's end until a holder works; silence: the longest time without any effect
{effects} effects under {holders} tokens
{overlaps} overlaps
{fenced_writes} fenced writes ({fenced_in_journal} in the journal, {fenced_in_database} in the database)
uncontended: {round_trips} round trips ({round_trips_open} to open the session, {round_trips_take} to take it, \
{round_trips_release} to release it), {take_release_ms_median:.1f} ms (95th percentile {take_release_ms_p95:.1f} ms)"""


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--faults", type=int, default=60, help="how many (60)")
    parser.add_argument("--workers", type=int, default=4, help="processes that compete for the lock (4)")
    parser.add_argument("--seed", type=int, help="repeats an earlier campaign's faults (else by chance)")
    parser.add_argument("--deadline", type=float, default=1.0, help="of the lock, in seconds; in production 10 (1)")


def run(options: argparse.Namespace) -> tuple[Figures, bool]:
    """The figures, and whether the locks have kept their promise."""
    seed = random.randrange(1_000_000) if options.seed is None else options.seed  # noqa: S311
    say.plain(f"seed {seed}: {options.faults} faults, {options.workers} workers, deadline {options.deadline} s")
    with world(seed=seed, workers=options.workers, deadline=options.deadline) as there:
        report = campaign.run(there, options.faults, lambda number, outcome: _tell(number, options.faults, outcome))
        figures = {"seed": seed, **_figures(report), **_cost(there)}
    _show(report, figures)
    kept = report.overlaps == 0 and max(outcome.recovery for outcome in report.outcomes) <= LONGEST_RECOVERY
    return figures, kept


def _tell(number: int, of: int, outcome: Outcome) -> None:
    overlaps = f", {outcome.overlaps} OVERLAPS" if outcome.overlaps else ""
    say.plain(f"{number:>5}/{of}  {outcome.fault:<12} recovered in {outcome.recovery:5.2f} s{overlaps}")


def _figures(report: Report) -> Figures:
    figures: Figures = {
        "faults": len(report.outcomes),
        "overlaps": report.overlaps,
        "fenced_writes": report.fenced.total(),
        "fenced_in_journal": report.fenced["journal"],
        "fenced_in_database": report.fenced["database"],
        "effects": report.effects,
        "holders": report.tokens,
    }
    for name in ("recovery", "silence"):
        values = [getattr(outcome, name) for outcome in report.outcomes]
        figures |= {
            f"{name}_seconds_median": statistics.median(values),
            f"{name}_seconds_p95": percentile(values, 95),
            f"{name}_seconds_max": max(values),
        }
    return figures


def _cost(there: World) -> Figures:
    order = [sys.executable, "-m", "benchmarks.with_django", "benchmarks.chaos.cost", str(there.server.port)]
    result = call.run(order, environment=there.environment, seconds=120)
    if result.code:
        raise CannotGoOn(f"The cost of a lock could not be measured:\n{result.output}")
    figures: Figures = json.loads(result.last_line)
    return figures


def _show(report: Report, figures: Figures) -> None:
    say.plain(f"\n{'fault':<12} {'times':>6} {'recovery, s':>24} {'silence, s':>24}")
    say.plain(f"{'':<12} {'':>6} {'median     p95     max':>24} {'median     p95     max':>24}")
    for kind in (*FAULTS, "all"):
        outcomes = [outcome for outcome in report.outcomes if kind in {outcome.fault, "all"}]
        if outcomes:
            recovery = _spread([outcome.recovery for outcome in outcomes])
            silence = _spread([outcome.silence for outcome in outcomes])
            say.plain(f"{kind:<12} {len(outcomes):>6} {recovery:>24} {silence:>24}")
    say.plain(_SUMMARY.format_map(figures))


def _spread(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} {percentile(values, 95):7.2f} {max(values):7.2f}"
