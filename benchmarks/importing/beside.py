"""What imports are held against: ``iprange``, the naive way, and what one ban of Fail2ban takes."""

from __future__ import annotations

import shutil
import statistics
import time
from collections.abc import Sequence
from ipaddress import IPv4Network

from banguard.machine import call
from banguard.machine.errors import CannotGoOn
from benchmarks.figures import Figures
from benchmarks.importing import feed
from benchmarks.importing.world import World

NAIVE = IPv4Network("100.64.0.0/16")  # addresses that no feed of ours holds
BANS = IPv4Network("100.65.0.0/16")
ROUNDS = 3


def against_iprange(there: World, lines: Sequence[str]) -> Figures:
    """Reading and merging the same file, in turn, so that whatever else the machine does slows both.

    IPv4 alone: ``iprange`` knows nothing else, and asks the name server for what it does not know.
    """
    if shutil.which("iprange") is None:
        raise CannotGoOn("iprange is not installed on this machine.")
    path = there.folder / "four.txt"
    feed.write(path, [line for line in lines if ":" not in line])
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(float(there.work("read", path)["seconds"]))
        begun = time.perf_counter()
        merged = call.run(["iprange", str(path)], seconds=600)
        theirs.append(time.perf_counter() - begun)
        if merged.code:
            raise CannotGoOn(f"iprange: {merged.output[-500:]}")
    seconds, other = statistics.median(ours), statistics.median(theirs)
    return {
        "parse_merge_seconds": round(seconds, 3),
        "iprange_seconds": round(other, 3),
        "parse_merge_vs_iprange": round(seconds / other, 2),
    }


def naive(there: World, addresses: int) -> float:
    """Seconds for one address, each banned by a ``fail2ban-client`` of its own."""
    begun = time.perf_counter()
    for number in range(addresses):
        client(there, "set", "naive", "banip", str(NAIVE[number + 1]))
    took = (time.perf_counter() - begun) / addresses
    client(there, "set", "naive", "unbanip", *(str(NAIVE[number + 1]) for number in range(addresses)))
    return took


def ban_ms(there: World, bans: int, first: int) -> float:
    """The median of so many bans in a jail with a real action, by Fail2ban's socket."""
    took = []
    for number in range(first, first + bans):
        began = time.perf_counter()
        there.machine.server.ban("other", [IPv4Network(BANS[number + 1])])
        took.append(1000 * (time.perf_counter() - began))
    return statistics.median(took)


def client(there: World, *words: str) -> None:
    files = ("-c", str(there.machine.config), "-s", str(there.machine.folder / "f.sock"))
    result = call.run(["fail2ban-client", *files, *words], seconds=60)
    if result.code:
        raise CannotGoOn(f"fail2ban-client {' '.join(words[:3])} failed:\n{result.output}")
