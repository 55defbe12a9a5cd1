"""What a worker does, one order a process: ``... work ORDER ARGUMENT...``; answers one line of JSON."""

from __future__ import annotations

import json
import random
import resource
import sys
import time
from collections.abc import Callable
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

from django.conf import settings
from django.test import Client

from banguard.accounts import services as accounts
from banguard.blocklists import merge, parse
from banguard.blocklists.services import imports, sources
from banguard.core.ranges import Ranges
from benchmarks.figures import percentile
from benchmarks.importing import kills

Answer = dict[str, Any]


def source(name: str, url: str, enforcement: str) -> Answer:
    made = sources.create(name=name, url=url, enforcement=enforcement, shrink_percent=0, grow_percent=0)
    return {"id": made.pk}


def take(source_id: str) -> Answer:
    """One import from its feed to the server, as a worker carries it out."""
    begun = time.perf_counter()
    run = imports.import_now(source_id=int(source_id), asked_by="a benchmark")
    took = time.perf_counter() - begun
    return {
        "state": run.state,
        "error": run.error,
        "seconds": round(took, 3),
        "stages": run.seconds,
        "merged": run.entries_merged,
        "added": run.added,
        "removed": run.removed,
        "enforced": run.enforced,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def read(path: str) -> Answer:
    """Parse and merge alone."""
    begun = time.perf_counter()
    merged = merge.merge(parse.parse(Path(path)).ranges, never=Ranges())
    return {"seconds": time.perf_counter() - begun, "networks": len(merged.networks.four)}


def lookup(times: str) -> Answer:
    """Asking why an address is blocked, through the whole of Django, in ms."""
    settings.ALLOWED_HOSTS = ["testserver"]
    client, chance = Client(), random.Random(1)  # noqa: S311
    token = accounts.create_token(name="bench", scopes=("read",), days=1, created_by=None)[1]
    took = [_asked(client, token, str(IPv4Address(chance.getrandbits(32)))) for _ in range(int(times) + 5)][5:]
    return {f"lookup_ms_{name}": round(percentile(took, at), 2) for name, at in (("median", 50), ("p95", 95))}


def _asked(client: Client, token: str, address: str) -> float:
    begun = time.perf_counter()
    answer = client.get("/api/v1/blocklists/entries", {"ip": address}, headers={"Authorization": f"Bearer {token}"})
    took = 1000 * (time.perf_counter() - begun)
    if answer.status_code != 200:
        raise RuntimeError(f"{answer.status_code}: {answer.content!r}")
    return took


def killed(source_id: str, path: str, entries: str, count: str, seed: str) -> Answer:
    return kills.campaign(int(source_id), Path(path), int(entries), int(count), int(seed))


ORDERS: dict[str, Callable[..., Answer]] = {
    "source": source,
    "take": take,
    "read": read,
    "lookup": lookup,
    "kills": killed,
}


if __name__ == "__main__":
    order, *rest = sys.argv[1:]
    sys.stdout.write(f"\n{json.dumps(ORDERS[order](*rest))}\n")
