"""A feed that nobody publishes, and the web server that serves it on loopback."""

from __future__ import annotations

import hashlib
import random
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

NETWORKS, SIX = 0.05, 0.02  # of all lines: IPv4 networks, and IPv6, of which every other one is a network
PUBLIC6 = 0x2400 << 112


def synthetic(entries: int, seed: int, row: int = 1) -> list[str]:
    """So many lines: single addresses, networks from /20 to /30, and IPv6; a few stand in it twice, as in real ones.

    Each is followed by its next neighbours until ``row`` of them stand together, which merge into a few networks.
    """
    chance = random.Random(seed)  # noqa: S311 - to be repeated
    return [line for _ in range(entries // row) for line in _row(chance, row)]


def _row(chance: random.Random, row: int) -> Iterator[str]:
    kind = chance.random()
    if kind < SIX:
        first, length = PUBLIC6 | chance.getrandbits(44) << 80, 48 if chance.random() < 0.5 else 128
        return _neighbours(IPv6Address(first if length == 48 else first | 1), length, row)
    address = chance.randrange(1 << 24, (224 << 24) - (row << 12))
    if kind < SIX + NETWORKS:
        length = chance.randint(20, 30)
        return _neighbours(IPv4Address(address >> (32 - length) << (32 - length)), length, row)
    return _neighbours(IPv4Address(address), 32, row)


def _neighbours(first: IPv4Address | IPv6Address, length: int, row: int) -> Iterator[str]:
    suffix = "" if length == first.max_prefixlen else f"/{length}"
    return (f"{first + (number << (first.max_prefixlen - length))}{suffix}" for number in range(row))


def changed(lines: Sequence[str], share: float, seed: int, row: int = 1) -> list[str]:
    """``share`` of the rows are other ones."""
    chance = random.Random(seed)  # noqa: S311 - to be repeated
    fresh, rows = list(lines), len(lines) // row
    for at in chance.sample(range(rows), max(1, round(share * rows))):
        fresh[at * row : (at + 1) * row] = _row(chance, row)
    return fresh


def write(path: Path, lines: Sequence[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="ascii")


@dataclass
class Feed:
    """Serves what ``path`` holds at the moment; without ``validators`` it sends all of it to whoever asks."""

    path: Path
    url: str = ""
    validators: bool = True

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        content = self.path.read_bytes()
        tag = f'"{hashlib.sha256(content).hexdigest()}"'
        same = self.validators and request.headers.get("If-None-Match") == tag
        request.send_response(304 if same else 200)
        if self.validators:
            request.send_header("ETag", tag)
        if not same:
            request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        if not same:
            request.wfile.write(content)


@contextmanager
def served(path: Path) -> Iterator[Feed]:
    feed = Feed(path)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            feed.answer(self)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    feed.url = f"http://127.0.0.1:{server.server_port}/list.txt"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield feed
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
