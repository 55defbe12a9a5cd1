"""Imports a feed of a million entries, again unchanged and again changed, and enforces it in kernel and jail.

With ``--kills``: imports whose worker is killed at random moments, and whether the next one ends exactly as wanted.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from banguard.machine import say
from banguard.machine.errors import CannotGoOn
from benchmarks.figures import Figures
from benchmarks.importing import beside, feed
from benchmarks.importing.world import World, world

REAL, NOTHING = "nftables-allports", "noop"  # what Fail2ban does to ban
BANS, LOOKUPS = 100, 200
# The most that each figure may be, with a million entries.
BOUNDS = {
    "first_seconds": 20.0,
    "peak_mb": 500.0,
    "not_modified_seconds": 1.0,
    "unchanged_seconds": 5.0,
    "one_percent_seconds": 8.0,
    "parse_merge_vs_iprange": 4.0,
    "ban_slower_ms": 10.0,
    "lookup_ms_p95": 10.0,
}
LEAST_SPEEDUP = 1_000.0


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--entries", type=int, default=1_000_000, help="of the feed (1000000)")
    parser.add_argument("--feed", type=Path, help="a real feed instead, as a file")
    parser.add_argument("--jail-entries", type=int, default=1_000, help="for Fail2ban's jail (1000)")
    parser.add_argument("--naive", type=int, default=200, help="addresses that are banned one by one (200)")
    parser.add_argument("--kills", type=int, default=0, help="kill so many imports instead of measuring some")
    parser.add_argument("--seed", type=int, default=1, help="of the feed, and of the moments (1)")


def run(options: argparse.Namespace) -> tuple[Figures, bool]:
    """The figures, and whether each promise was kept."""
    return _killed(options) if options.kills else _measured(options)


def _killed(options: argparse.Namespace) -> tuple[Figures, bool]:
    """With each back end so many; Fail2ban's bans do nothing, since a real one takes 10 ms."""
    figures: Figures = {"seed": options.seed}
    with world(NOTHING) as there:
        for enforcement, entries in (("kernel", options.entries), ("jail", options.jail_entries)):
            made = there.work("source", enforcement, there.feed.url, enforcement)["id"]
            found = there.work("kills", made, there.feed.path, entries, options.kills, options.seed)
            figures |= {f"{enforcement}_{name}": found[name] for name in ("networks", "kills", "late", "seconds")}
            figures |= {f"{enforcement}_wrong": len(found["wrong"])}
            say.plain(
                f"{enforcement}, {entries} entries, {found['networks']} networks: {found['kills']} kills, "
                f"{len(found['wrong'])} wrong"
            )
            say.plain(f"  in {', '.join(f'{stage} {count}' for stage, count in found['stages'].items())}")
            for fault in found["wrong"]:
                say.problem(fault)
    return figures, not (figures["kernel_wrong"] or figures["jail_wrong"])


def _measured(options: argparse.Namespace) -> tuple[Figures, bool]:
    with world(REAL) as there:
        lines = options.feed.read_text().splitlines() if options.feed else feed.synthetic(options.entries, options.seed)
        feed.write(there.feed.path, lines)
        figures: Figures = {"entries": len(lines), "seed": options.seed}
        before = beside.ban_ms(there, BANS, first=0)
        figures |= _imports(there, lines, options.seed)
        figures |= _bans(there, before)
        figures |= there.work("lookup", LOOKUPS)
        figures |= beside.against_iprange(there, lines)
        figures |= _jail(there, options.jail_entries, options.seed)
        figures |= _naive(there, figures, options.naive)
    for name, value in figures.items():
        say.plain(f"{name:<24} {value:>12}{_judged(name, value)}")
    kept = all(float(figures[name]) <= bound for name, bound in BOUNDS.items())
    return figures, kept and float(figures["naive_speedup"]) >= LEAST_SPEEDUP


def _judged(name: str, value: float | str) -> str:
    if name not in BOUNDS or float(value) <= BOUNDS[name]:
        return ""
    return f"   more than {BOUNDS[name]:.0f}"


def _imports(there: World, lines: list[str], seed: int) -> Figures:
    """The same source four times: new, not modified, sent again without being changed, changed a little."""
    made = there.work("source", "kernel", there.feed.url, "kernel")["id"]
    first = _taken(there, made)
    figures: Figures = {"first_seconds": first["seconds"], "merged": first["merged"], "enforced": first["enforced"]}
    figures |= {f"first_{stage}_seconds": seconds for stage, seconds in first["stages"].items()}
    peak, agent = first["peak_mb"], there.agent_peak()
    figures["not_modified_seconds"] = _taken(there, made)["seconds"]
    there.feed.validators = False
    figures["unchanged_seconds"] = _taken(there, made)["seconds"]
    feed.write(there.feed.path, feed.changed(lines, 0.01, seed + 1))
    changed = _taken(there, made)
    figures |= {"one_percent_seconds": changed["seconds"], "one_percent_added": changed["added"]}
    figures |= {f"one_percent_{stage}_seconds": seconds for stage, seconds in changed["stages"].items()}
    peak, agent = max(peak, changed["peak_mb"]), max(agent, there.agent_peak())
    return figures | {"peak_mb": round(peak, 1), "agent_peak_mb": round(agent, 1)}


def _taken(there: World, source: int) -> dict[str, Any]:
    found = there.work("take", source)
    stages = ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in found["stages"].items())
    counts = f"{found['added']} added, {found['removed']} removed"
    say.plain(f"{found['state']} in {found['seconds']} s: {counts} ({stages})")
    if found["state"] not in {"succeeded", "unchanged"}:
        raise CannotGoOn(f"The import ended as {found['state']}: {found['error']}")
    return found


def _bans(there: World, before: float) -> Figures:
    """What a ban of Fail2ban takes with everything enforced, against what it took with nothing."""
    after = beside.ban_ms(there, BANS, first=BANS)
    return {
        "ban_ms_with_none": round(before, 2),
        "ban_ms_with_all": round(after, 2),
        "ban_slower_ms": round(after - before, 2),
    }


def _jail(there: World, entries: int, seed: int) -> Figures:
    feed.write(there.feed.path, [line for line in feed.synthetic(2 * entries, seed + 2) if "/" not in line][:entries])
    made = there.work("source", "jail", there.feed.url, "jail")["id"]
    found = _taken(there, made)
    return {"jail_entries": entries, "jail_seconds": found["seconds"]}


def _naive(there: World, figures: Figures, addresses: int) -> Figures:
    one = beside.naive(there, addresses)
    ours = float(figures["first_seconds"]) / int(figures["entries"])
    return {
        "naive_ms_per_address": round(1000 * one, 2),
        "naive_hours": round(one * int(figures["entries"]) / 3600, 1),
        "naive_speedup": round(one / ours),
    }
