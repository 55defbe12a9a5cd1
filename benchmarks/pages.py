"""Every page of the site: how long the server takes, with an empty history and a long one, and what a browser sees."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from banguard.machine import call, say
from banguard.machine.errors import CannotGoOn
from banguard.machine.places import PYTHON
from benchmarks.figures import Figures, in_rounds, percentile
from benchmarks.looking.browser import Seen, browser, first_visit
from benchmarks.observing.house import House, house

# What is promised of each page, at most: bytes over the wire without the chart package, and in a browser whose
# processor is four times as slow; and how much longer the server takes with the long history than with the empty one.
MOST = {"lcp_ms": 1_000.0, "bytes": 200_000.0, "shift": 0.01, "more_ms": 100.0}
KINDS = ("empty_ms", "server_ms", "more_ms", "ratio", "bytes", "lcp_ms", "shift")
DIGITS = {"bytes": 0, "lcp_ms": 0, "shift": 3}  # of what is shown; the others have one
BARE = "/health/live"  # a word
WARM = 4  # visits, so that each of the two web processes has its templates
Times = dict[str, float]
Pages = dict[str, str]


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rows", type=int, default=20_000, help="bans of the long history (20000)")
    parser.add_argument("--repeats", type=int, default=9, help="of each measurement of the server (9)")
    parser.add_argument("--visits", type=int, default=5, help="of each page by a browser; the median counts (5)")
    parser.add_argument("--without-browser", action="store_true", help="measures the server alone")


def run(options: argparse.Namespace) -> tuple[Figures, bool]:
    """The figures of each page and the worst of each kind, and whether every bound is kept."""
    with house() as there, _agent(there):
        empty = _served(there, "empty", _laid(there, 0), options.repeats)
        pages = _laid(there, options.rows)
        full = _served(there, "full", pages, options.repeats)
        seen, bare = ({}, 0.0) if options.without_browser else _seen(there, pages, options.visits)
    rows = {name: _row(empty[name], full[name], seen.get(name)) for name in full}
    worst = {kind: max(row[kind] for row in rows.values() if kind in row) for kind in KINDS if kind in rows["/"]}
    _show(rows, worst)
    if bare:
        say.plain(f"    A word without any style takes {bare:,.0f} ms of lcp_ms on this machine, now.")
    figures: Figures = {"rows": options.rows, "bare_lcp_ms": round(bare, 3)}
    figures |= {f"{_spelt(name)}_{kind}": figure for name, row in rows.items() for kind, figure in row.items()}
    figures |= {f"worst_{kind}": figure for kind, figure in worst.items()}
    return figures, all(worst.get(kind, 0.0) <= bound for kind, bound in MOST.items())


@contextmanager
def _agent(there: House) -> Iterator[None]:
    """The pages of jails and files ask one."""
    if not Path("/etc/fail2ban").is_dir():
        raise CannotGoOn("Fail2ban is not installed on this machine.")
    path = there.folder / "agent.sock"
    there.environment["BANGUARD_AGENT_SOCKET"] = str(path)
    command = [str(PYTHON), "-m", "benchmarks.with_django", "benchmarks.looking.agent", str(path)]
    with (there.folder / "agent.log").open("wb") as out:
        process = call.spawn(command, output=out, environment=there.environment)
    try:
        until = time.monotonic() + 60
        while not path.exists():
            if time.monotonic() > until:
                raise CannotGoOn("The agent does not start.")
            time.sleep(0.1)
        yield
    finally:
        call.end(process)


def _laid(there: House, rows: int) -> Pages:
    """Where each page is, once there is something on it."""
    pages: Pages = there.told("benchmarks.looking.lay", rows)["pages"]
    return pages


def _served(there: House, name: str, pages: Pages, repeats: int) -> Times:
    """What the server takes for each page: the median, in ms, after one time that is not counted."""
    web = there.web(name)
    times = {}
    for page, path in pages.items():
        web.visit(path, _asked(there))
        times[page] = percentile([web.visit(path, _asked(there))[1] for _ in range(repeats)], 50)
    return times


def _asked(there: House) -> dict[str, str]:
    return {"Cookie": f"banguard_session={there.cookie}", "Accept-Encoding": "gzip"}


def _seen(there: House, pages: Pages, visits: int) -> tuple[dict[str, Seen], float]:
    """Of each page; and how long the browser itself takes to show a word, which tells how fast the machine is."""
    web = there.web("seen")
    url = f"http://localhost:{web.port}"
    cookies = {"banguard_session": there.cookie}
    with browser() as running:
        first_visit(running, url, "/", cookies)  # the browser has to wake up
        for path in [path for path in pages.values() for _ in range(WARM)]:
            web.visit(path, _asked(there))
        asked = {page: partial(first_visit, running, url, path, cookies) for page, path in pages.items()}
        asked[BARE] = partial(first_visit, running, url, BARE, {})
        seen = {page: _middle(times) for page, times in in_rounds(asked, visits).items()}
    bare = seen.pop(BARE)
    return seen, bare.lcp


def _middle(seen: list[Seen]) -> Seen:
    """The median of what takes time; the worst of what does not depend on the machine's mood."""
    lcp = percentile([one.lcp for one in seen], 50)
    return replace(max(seen, key=lambda one: one.shift), lcp=lcp, bytes=max(one.bytes for one in seen))


def _row(empty: float, full: float, seen: Seen | None) -> Times:
    row = {"empty_ms": empty, "server_ms": full, "more_ms": full - empty, "ratio": full / empty}
    if seen:
        row |= {"bytes": seen.bytes, "lcp_ms": seen.lcp, "shift": seen.shift}
    return {kind: round(figure, 3) for kind, figure in row.items()}


def _spelt(page: str) -> str:
    return page.partition("?")[0].strip("/").replace("/", "_") or "dashboard"


def _show(rows: dict[str, Times], worst: Times) -> None:
    say.plain(" " * 40 + "".join(f"{kind:>11}" for kind in worst))
    for name, row in [*rows.items(), ("the worst", worst)]:
        say.plain(f"{name:40}" + "".join(f"{row[kind]:>11,.{DIGITS.get(kind, 1)}f}" for kind in worst))
    for kind, bound in MOST.items():
        if kind in worst:
            say.plain(f"{'   ' if worst[kind] <= bound else 'NOT'} {kind:10} {worst[kind]:>12,.3f} of {bound:,}")
