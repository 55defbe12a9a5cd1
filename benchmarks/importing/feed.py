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


def synthetic(entries: int, seed: int) -> list[str]:
    """So many lines: single addresses, networks from /20 to /30, and IPv6; a few stand in it twice, as in real ones."""
    chance = random.Random(seed)  # noqa: S311 - to be repeated
    return [_line(chance) for _ in range(entries)]


def _line(chance: random.Random) -> str:
    kind = chance.random()
    if kind < SIX:
        network = PUBLIC6 | chance.getrandbits(44) << 80
        return f"{IPv6Address(network)}/48" if chance.random() < 0.5 else str(IPv6Address(network | 1))
    address = chance.randrange(1 << 24, 224 << 24)
    if kind < SIX + NETWORKS:
        length = chance.randint(20, 30)
        return f"{IPv4Address(address >> (32 - length) << (32 - length))}/{length}"
    return str(IPv4Address(address))


def changed(lines: Sequence[str], share: float, seed: int) -> list[str]:
    """``share`` of the lines are other ones."""
    chance = random.Random(seed)  # noqa: S311 - to be repeated
    fresh = list(lines)
    for at in chance.sample(range(len(lines)), max(1, round(share * len(lines)))):
        fresh[at] = _line(chance)
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
