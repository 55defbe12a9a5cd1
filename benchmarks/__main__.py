"""``script/bench NAME [options] [--json FILE]``: runs one benchmark; exit code 1 when a promise was not kept."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from importlib import import_module
from pathlib import Path

from banguard.machine import say
from banguard.machine.errors import CannotGoOn
from benchmarks.figures import from_here

# A module of each name has ``add_options(parser)`` and ``run(options)``: figures, and whether all is well.
NAMES = {
    "collect": "a crash campaign against the collector: whether history equals what was done",
    "config": "edits of the configuration that are broken in every way, and what they leave behind",
    "history": "reading and writing a history of any number of bans, against its promises",
    "logging": "whether every line reaches a real rsyslog, and what shipping to a dead one costs a page",
    "metrics": "what a scrape of /metrics costs with 100 jails and 100,000 bans",
    "import": "a feed of a million entries, from its server to the kernel's sets, or imports killed anywhere",
    "locks": "a chaos campaign against the locks, and what a lock costs",
    "pages": "every page: the server with an empty history and a long one, and a browser on a slow processor",
    "picture": "the README's picture of the dashboard: a whole BanGuard, and attackers' addresses from real feeds",
    "soak": "minutes of load on a whole BanGuard whose processes are killed at random",
}
MODULES = {"import": "imports"}  # a word of the language names no module


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0] not in NAMES:
        return _list(asked=bool(arguments) and arguments[0] not in {"-h", "--help"})
    name, *rest = arguments
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))  # so that everything is taken down
    benchmark = import_module(f"benchmarks.{MODULES.get(name, name)}")
    parser = argparse.ArgumentParser(prog=f"script/bench {name}", description=benchmark.__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="writes the figures there, as one flat object")
    benchmark.add_options(parser)
    options = parser.parse_args(rest)
    try:
        figures, well = benchmark.run(options)
    except CannotGoOn as reason:
        say.problem(str(reason))
        return 1
    except KeyboardInterrupt:
        return 130
    if options.json:
        from_here(options.json).write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return 0 if well else 1


def _list(*, asked: bool) -> int:
    for name, what in NAMES.items():
        say.about(name, what)
    return 2 if asked else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
