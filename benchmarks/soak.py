"""Minutes of everything at once, with random kills: no answer fails without a reason, no ban is lost, nothing grows."""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections import Counter
from pathlib import Path

import psycopg
import requests

from banguard import env
from banguard.machine import say
from benchmarks.figures import Figures, percentile
from benchmarks.soaking import ledger
from benchmarks.soaking.house import House, house, sign_in
from benchmarks.soaking.load import Answer, Load, served
from benchmarks.soaking.memory import Memory
from benchmarks.soaking.outages import Outages

MOST_GROWTH = 1.25  # of a role's memory, from the second quarter of the time to the last
ALLOWED_MB = 20.0  # and below so much it is no growth but chance
_HELD = """
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_SETTLED = 60.0  # seconds for what is under way at the end


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--minutes", type=float, default=2.0, help="how long (2)")
    parser.add_argument("--seed", type=int, help="repeats an earlier soak's choices (else by chance)")


def run(options: argparse.Namespace) -> tuple[Figures, bool]:
    """The figures, and whether every promise was kept."""
    seed = random.randrange(1_000_000) if options.seed is None else options.seed  # noqa: S311
    say.plain(f"seed {seed}: {options.minutes} minutes")
    with house() as there, tempfile.TemporaryDirectory() as folder, served(Path(folder)) as feeds:
        token = there.manage("create_api_token", "soak", "--scopes", "*").strip().splitlines()[-1]
        load = Load(there, sign_in(there), token, seed)
        outages = Outages(there, random.Random(seed), lambda role: _is_well(there, role))  # noqa: S311
        memory = Memory(there)
        feed = Path(folder) / "feed.txt"
        feed.write_text("192.0.2.1\n")
        load.begin(feed, f"{feeds}/feed.txt")
        memory.begin()
        outages.begin()
        _watch(options.minutes, load, outages)
        outages.end()
        load.end()
        memory.end()
        figures = {"seed": seed, "minutes": options.minutes, **_figures(there, load, outages, memory)}
    _show(figures, load, outages)
    return figures, _kept(figures, outages)


def _watch(minutes: float, load: Load, outages: Outages) -> None:
    until = time.monotonic() + minutes * 60
    while (left := until - time.monotonic()) > 0:
        time.sleep(min(left, 15))
        faults = sum(1 for answer in load.answers if _is_fault(answer, outages))
        kills = Counter(outage.role for outage in outages.outages)
        say.plain(f"{len(load.answers):>7} answers, {faults} faults, kills: {dict(kills)}")


def _is_well(there: House, role: str) -> bool:
    """Whether the part answers again, as far as the web server knows."""
    if not there.processes()[role]:
        return False
    try:
        parts = requests.get(f"{there.url}/health/ready", timeout=5).json()["parts"]
    except (requests.RequestException, ValueError, KeyError):
        return False
    part = {"web": "database", "postgres": "database", "agent": "fail2ban"}.get(role, role)
    return bool(parts.get(part, {}).get("ok"))


def _is_fault(answer: Answer, outages: Outages) -> bool:
    failed = answer.status == 0 or answer.status >= 500
    return failed and not outages.excuses(set(answer.needs), answer.began, answer.ended)


def _figures(there: House, load: Load, outages: Outages, memory: Memory) -> Figures:
    log, url = there.data / "fail2ban/fail2ban.log", env.embedded_database_url(there.data)
    until = time.monotonic() + _SETTLED
    while time.monotonic() < until and (ledger.lost(log, url) or _held(url) > 1):
        time.sleep(1)
    answered = [answer.ended - answer.began for answer in load.answers if 0 < answer.status < 500]
    grown = {role: after - before for role, (before, after) in memory.medians().items()}
    figures: Figures = {
        "answers": len(load.answers),
        "failed": sum(1 for answer in load.answers if answer.status == 0 or answer.status >= 500),
        "faults": sum(1 for answer in load.answers if _is_fault(answer, outages)),
        "answer_ms_p95": percentile(answered, 95) * 1000,
        "kills": len(outages.outages),
        "not_back": len(outages.late),
        "bans": ledger.told(log).total(),
        "lost": ledger.lost(log, url),
        "doubled": ledger.doubled(log, url),
        "locks_held": _held(url) - 1,  # one collector follows the server, as it should
        "grown": sum(1 for role in grown if _has_grown(*memory.medians()[role])),
    }
    for role, (before, after) in memory.medians().items():
        figures |= {f"{role}_mb_before": before, f"{role}_mb_after": after}
    return figures


def _has_grown(before: float, after: float) -> bool:
    return after > before * MOST_GROWTH and after - before > ALLOWED_MB


def _held(url: str) -> int:
    try:
        with psycopg.connect(url) as connection:
            row = connection.execute(_HELD).fetchone()
    except psycopg.OperationalError:
        return 99
    return int(row[0]) if row else 0


def _show(figures: Figures, load: Load, outages: Outages) -> None:
    for name, value in figures.items():
        say.about(name.ljust(24), f"{value:.1f}" if isinstance(value, float) else str(value))
    faults = Counter((answer.what, answer.status) for answer in load.answers if _is_fault(answer, outages))
    for (what, status), count in faults.most_common(20):
        say.problem(f"{count} times {status or 'no answer'}: {what}")


def _kept(figures: Figures, outages: Outages) -> bool:
    names = ("faults", "not_back", "lost", "doubled", "locks_held", "grown")
    return all(figures[name] == 0 for name in names) and bool(outages.outages)
