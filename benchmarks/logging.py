"""Ships a load to a real rsyslog over TCP and TLS, through an outage; and measures a page with the platform dead."""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from pathlib import Path

from banguard.machine import say
from banguard.machine.places import PYTHON, ROOT
from benchmarks.figures import Figures, percentile
from benchmarks.observing.house import house
from benchmarks.observing.rsyslog import Rsyslog, free_port

PAGE = "/history/"
MOST_SLOWER = 1.05  # p95 with a dead platform, as a share of p95 without shipping


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, default=60, help="of each load (60)")
    parser.add_argument("--per-second", type=int, default=200, help="lines (200)")
    parser.add_argument("--away", type=float, default=20, help="seconds that rsyslog is stopped for (20)")
    parser.add_argument("--requests", type=int, default=1500, help="for a page, with and without shipping (1500)")


def run(options: argparse.Namespace) -> tuple[Figures, bool]:
    """The figures, and whether no line was lost and no page waited."""
    sent = int(options.seconds * options.per_second)
    figures: Figures = {"sent": sent, "seconds": options.seconds, "away_seconds": options.away}
    for name, away in (("load", 0.0), ("outage", options.away)):
        for kind, received, twice in _loads(options, away):
            figures |= {f"{kind}_{name}_received": received, f"{kind}_{name}_twice": twice}
            say.plain(f"{kind}, {name}: {received} of {sent} lines arrived, {twice} of them twice")
    figures |= _page(options.requests)
    whole = all(figures[f"{kind}_{name}_received"] == sent for kind in ("tcp", "tls") for name in ("load", "outage"))
    return figures, whole and float(figures["page_slower"]) <= MOST_SLOWER


def _loads(options: argparse.Namespace, away: float) -> list[tuple[str, int, int]]:
    """Both kinds at the same time: kind, lines that arrived, and how many more came twice."""
    with tempfile.TemporaryDirectory(prefix="banguard-") as folder:
        servers = {kind: Rsyslog(_made(Path(folder) / kind), tls=kind == "tls") for kind in ("tcp", "tls")}
        for server in servers.values():
            server.start()
            server.wait_until_it_listens()
        loads = [_load(server.url, options) for server in servers.values()]
        if away:
            time.sleep(options.seconds / 4)
            for server in servers.values():
                server.stop()
            time.sleep(away)
            for server in servers.values():
                server.start()
        for load in loads:
            load.wait(timeout=options.seconds + 60)
        time.sleep(2)  # for the file to be written
        found = [(kind, *_counted(server)) for kind, server in servers.items()]
        for server in servers.values():
            server.stop()
    return found


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _load(url: str, options: argparse.Namespace) -> subprocess.Popen[bytes]:
    command = [str(PYTHON), "-m", "benchmarks.observing.logger", url, str(options.seconds), str(options.per_second)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)  # noqa: S603


def _counted(server: Rsyslog) -> tuple[int, int]:
    lines = [line for line in server.received() if '"number"' in line]
    different = len(server.numbers())
    return different, len(lines) - different


def _page(requests: int) -> Figures:
    """One request to each in turn, so that whatever else the machine does slows both."""
    dead = f"syslog+tcp://127.0.0.1:{free_port()}"
    with house() as there:
        without, shipping = there.web("without"), there.web("shipping", BANGUARD_LOG_SHIPPING_URL=dead)
        times: dict[str, list[float]] = {"without": [], "shipping": []}
        for number in range(requests + 100):
            for name, web in (("without", without), ("shipping", shipping)):
                took = web.get(PAGE)
                if number >= 100:  # the first ones load templates
                    times[name].append(took)
    p95 = {name: percentile(found, 95) for name, found in times.items()}
    slower = p95["shipping"] / p95["without"]
    say.plain(f"{PAGE}: p95 {p95['without']:.2f} ms without, {p95['shipping']:.2f} ms to a dead platform: {slower:.3f}")
    return {
        "page_without_ms_p95": p95["without"],
        "page_dead_platform_ms_p95": p95["shipping"],
        "page_slower": round(slower, 4),
    }
