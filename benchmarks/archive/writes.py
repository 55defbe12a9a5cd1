"""Measures how fast bans are stored in what is there: ``... writes BANS``."""

from __future__ import annotations

import ipaddress
import json
import random
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from banguard.core import networks
from banguard.history import store
from banguard.history.values import Episode, Origin
from banguard.machine import say
from banguard.servers import services as servers

BATCH = 10_000
LINES = 10


def main(bans: int) -> None:
    """The median over the batches: one in which PostgreSQL cleans up after the others does not stand for all."""
    for name, count, lines in (("ingest", bans, 0), ("ingest_with_lines", bans // 4, LINES)):
        rates = sorted(_rate(batch) for batch in _batches(count, lines))
        figures = {f"{name}_per_second": round(rates[len(rates) // 2]), f"{name}_per_second_least": round(rates[0])}
        say.plain("figures=" + json.dumps(figures))


def _rate(batch: list[Episode]) -> float:
    server, begun = servers.local(), time.perf_counter()
    with transaction.atomic():
        stored = store.insert(server=server, episodes=batch)
    return stored / (time.perf_counter() - begun)


def _batches(count: int, lines: int) -> Iterator[list[Episode]]:
    """In the order of time, as a log and Fail2ban's database tell of bans; the last is about now."""
    step = timedelta(seconds=600) / count
    begun = timezone.now() - count * step
    for first in range(0, max(1, count // BATCH) * BATCH, BATCH):
        yield [_episode(begun + number * step, lines) for number in range(first, first + BATCH)]


def _episode(at: datetime, lines: int) -> Episode:
    address = ipaddress.ip_address(0x01000000 + int(1_200_000 * random.random() ** 5) * 1021)  # noqa: S311
    line = "Nov 25 10:15:07 host sshd[{}]: Failed password for user{} from {} port {} ssh2"
    number = random.randrange(1_000_000)  # noqa: S311
    return Episode(
        jail=f"jail{number % 20}",
        address=networks.parse_network(str(address)),
        origin=Origin.JAIL,
        banned_at=at,
        expires_at=at + timedelta(hours=1),
        ban_count=1,
        failures=5,
        matches=tuple(line.format(number % 30_000, n, address, number % 60_000) for n in range(lines)),
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
