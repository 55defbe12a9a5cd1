"""Fail2ban's own log against history: every ban is there, and once."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import psycopg

BAN = re.compile(r"NOTICE\s+\[(?P<jail>[^\]]+)\] Ban (?P<address>\S+)\s*$")
_STORED = "SELECT jail, text(address), count(*) FROM history_ban GROUP BY 1, 2"
Bans = Counter[tuple[str, str]]


def told(log: Path) -> Bans:
    """How often Fail2ban says it banned each address in each jail."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return Counter((found["jail"], found["address"]) for found in map(BAN.search, lines) if found)


def stored(url: str) -> Bans:
    with psycopg.connect(url) as connection:
        rows = connection.execute(_STORED).fetchall()
    return Counter({(jail, address.removesuffix("/32").removesuffix("/128")): count for jail, address, count in rows})


def lost(log: Path, url: str) -> int:
    return (told(log) - stored(url)).total()


def doubled(log: Path, url: str) -> int:
    return (stored(url) - told(log)).total()
