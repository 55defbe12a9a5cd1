"""Scrapes ``/metrics`` of a BanGuard with 100 jails and 100,000 bans, after thousands of different requests."""

from __future__ import annotations

import argparse
import secrets

from banguard.machine import say
from benchmarks.figures import Figures, percentile
from benchmarks.observing.house import house

MOST_MS = 50.0
TOKEN = secrets.token_hex()  # as Prometheus says it: no session is looked up
ROWS = """
from django.db import connection
from banguard.agent import verbs
from banguard.servers import services as servers
numbers = dict.fromkeys(("failed_current", "failed_total", "banned_current", "banned_total"), 7)
times = dict(ban_time=600, find_time=600, max_retries=5)
states = tuple(verbs.JailState(name=f"jail{{n}}", **numbers, **times) for n in range({jails}))
server = servers.local()
servers.record_up(server=server, status=verbs.Status(version="1.0.2", jails=states))
with connection.cursor() as cursor:
    cursor.execute('''
        INSERT INTO history_ban (server_id, jail, address, origin, banned_at, lift_reason, ban_count, failures, country)
        SELECT %s, 'jail' || n %% {jails}, ('10.' || n / 65536 || '.' || n / 256 %% 256 || '.' || n %% 256)::cidr,
               'jail', now() - n * interval '1 s', '', 1, 5, '' FROM generate_series(1, {bans}) AS n''', [server.pk])
"""
PATHS = ("/", "/history/", "/jails/", "/blocklists/", "/status/", "/account/tokens/", "/audit/")


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--jails", type=int, default=100, help="(100)")
    parser.add_argument("--bans", type=int, default=100_000, help="(100000)")
    parser.add_argument("--scrapes", type=int, default=100, help="(100)")


def run(options: argparse.Namespace) -> tuple[Figures, bool]:
    """The figures, and whether a scrape keeps its bound."""
    with house() as there:
        there.shell(ROWS.format(jails=options.jails, bans=options.bans))
        web = there.web("web", BANGUARD_METRICS_TOKEN=TOKEN)
        for path in PATHS * 3:
            web.get(path)
        times = [web.get("/metrics", {"Authorization": f"Bearer {TOKEN}"}) for _ in range(options.scrapes + 5)][5:]
    figures: Figures = {
        "jails": options.jails,
        "bans": options.bans,
        "scrape_ms_median": percentile(times, 50),
        "scrape_ms_p95": percentile(times, 95),
    }
    say.plain(f"/metrics: {figures['scrape_ms_median']:.1f} ms, 95th percentile {figures['scrape_ms_p95']:.1f} ms")
    return figures, float(figures["scrape_ms_p95"]) < MOST_MS
