"""Bans and unbans with a real Fail2ban while the collector, PostgreSQL and the log break, and looks for holes."""

from __future__ import annotations

import argparse
import random

from banguard.machine import say
from benchmarks.collecting import campaign
from benchmarks.collecting.campaign import Plan, Report
from benchmarks.figures import Figures

LONGEST_TAKEOVER, LONGEST_STOP = 15.0, 25.0  # seconds
_SUMMARY = """
{bans} bans; {collector_kills} collectors killed, {database_restarts} restarts of PostgreSQL, {rotations} rotations
{lost} lost, {doubled} doubled, {wrong_ends} wrong ends
{takeovers} takeovers in {takeover_seconds_max:.1f} s at most; to end one takes {stop_seconds_max:.1f} s"""


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--addresses", type=int, default=5_000, help="to ban, in each campaign (5000)")
    parser.add_argument("--seconds", type=float, default=120.0, help="that this takes, about (120)")
    parser.add_argument("--collectors", type=int, nargs="+", default=[1, 2], help="in each campaign (1 2)")
    parser.add_argument("--seed", type=int, help="repeats an earlier campaign's faults (else by chance)")


def run(options: argparse.Namespace) -> tuple[Figures, bool]:
    """The figures, and whether history equals what was done."""
    seed = random.randrange(1_000_000) if options.seed is None else options.seed  # noqa: S311
    reports = []
    for collectors in options.collectors:
        say.plain(f"seed {seed}: {options.addresses} addresses, collectors: {collectors}")
        plan = Plan(options.addresses, options.seconds, collectors, seed)
        reports.append(campaign.run(plan, lambda fault: say.plain(f"  {fault}")))
        for example in reports[-1].verdict.examples:
            say.problem(example)
    figures = {"seed": seed, **_figures(reports)}
    say.plain(_SUMMARY.format_map(figures))
    right = not (figures["lost"] or figures["doubled"] or figures["wrong_ends"])
    quick = figures["takeover_seconds_max"] <= LONGEST_TAKEOVER and figures["stop_seconds_max"] <= LONGEST_STOP
    return figures, right and quick


def _figures(reports: list[Report]) -> dict[str, float]:
    faults = sum((report.faults for report in reports), start=reports[0].faults.__class__())
    takeovers = [seconds for report in reports for seconds in report.takeovers]
    return {
        "bans": sum(report.verdict.bans for report in reports),
        "lost": sum(report.verdict.lost for report in reports),
        "doubled": sum(report.verdict.doubled for report in reports),
        "wrong_ends": sum(report.verdict.wrong_ends for report in reports),
        "collector_kills": faults["collector killed"],
        "database_restarts": faults["PostgreSQL restarted"],
        "rotations": sum(count for fault, count in faults.items() if fault.startswith("log")),
        "takeovers": len(takeovers),
        "takeover_seconds_max": max(takeovers, default=0.0),
        "stop_seconds_max": max((seconds for report in reports for seconds in report.stopped_in), default=0.0),
    }
