"""The price of a lock that nobody else wants: ``... cost PORT`` prints it as one object; PostgreSQL is on ``PORT``."""

from __future__ import annotations

import json
import statistics
import sys
import time

from django.conf import settings

from banguard.core import locks, sessions
from banguard.machine import say
from benchmarks.chaos.proxy import Proxies

SUBJECT = 2
_TIMES = 200


def main(port: int) -> None:
    """Round trips are counted on the wire, between a client that speaks and a server that answers."""
    settings.LOCK_DATABASE_URL = _url(port)
    sessions.refuse_pooler()  # looked at once per process
    times = sorted(_seconds() for _ in range(_TIMES))
    figures = {"take_release_ms_median": 1000 * statistics.median(times), "take_release_ms_p95": 1000 * times[-10]}
    say.plain(json.dumps(figures | _round_trips(port)))


def _seconds() -> float:
    begun = time.perf_counter()
    with locks.hold(locks.IMPORT, SUBJECT):
        pass
    return time.perf_counter() - begun


def _round_trips(port: int) -> dict[str, float]:
    """Of opening the session, and of all that a lock takes, from opening the session to closing it."""
    proxies = Proxies(port)
    proxy = proxies.open()
    settings.LOCK_DATABASE_URL = _url(proxy.port)
    sessions.open_session().close()
    opening, proxy.round_trips = proxy.round_trips, 0
    with locks.hold(locks.IMPORT, SUBJECT):
        taking = proxy.round_trips
    total = proxy.round_trips
    proxies.close()
    return {
        "round_trips": total,
        "round_trips_open": opening,
        "round_trips_take": taking - opening,
        "round_trips_release": total - taking,
    }


def _url(port: int) -> str:
    return f"postgresql://postgres@127.0.0.1:{port}/banguard"


if __name__ == "__main__":
    main(int(sys.argv[1]))
