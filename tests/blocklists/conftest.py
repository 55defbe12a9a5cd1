"""A feed's web server on this machine."""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.utils.module_loading import import_string
from django_q.models import OrmQ

from banguard.agent.memory import MemoryAgent
from banguard.agent.verbs import BLOCKLIST_JAIL
from banguard.blocklists.models import Run, Source
from banguard.blocklists.services import imports, sources
from banguard.core.packed import Packed

Answer = Callable[[BaseHTTPRequestHandler], None]
LIST = ("203.0.113.0/24", "198.51.100.7", "2001:db8::/48")


class Feed:
    """``feed.serve("203.0.113.7")``: what the next requests are answered with; ``seen``: the headers of each."""

    def __init__(self) -> None:
        self.seen: list[dict[str, str]] = []
        self.answer: Answer = lambda _request: None
        feed = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                feed.seen.append(dict(self.headers))
                feed.answer(self)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/list.txt"

    def serve(self, *lines: str, status: int = 200, body: bytes | None = None, **headers: str) -> None:
        content = "\n".join(lines).encode() if body is None else body

        def answer(request: BaseHTTPRequestHandler) -> None:
            request.send_response(status)
            for name, value in headers.items():
                request.send_header(name.replace("_", "-"), value)
            request.send_header("Content-Length", str(len(content)))
            request.end_headers()
            request.wfile.write(content)

        self.answer = answer


@pytest.fixture
def feed(settings: Any) -> Iterator[Feed]:
    settings.FEED_ALLOWED_NETWORKS = (ipaddress.ip_network("127.0.0.0/8"),)
    made = Feed()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


@pytest.fixture
def work(transactional_db: None) -> Callable[[], int]:
    """Carries out every task that is queued, as the worker does; returns how many."""

    def carry_out() -> int:
        done = 0
        while row := OrmQ.objects.order_by("id").first():
            task = row.task
            row.delete()
            import_string(task["func"])(*task["args"])
            done += 1
        return done

    return carry_out


@pytest.fixture
def source(feed: Feed, db: None) -> Source:
    return sources.create(name="feed", url=feed.url)


@pytest.fixture
def for_kernel(feed: Feed, db: None) -> Source:
    """A feed of ``LIST`` that the kernel is to enforce."""
    feed.serve(*LIST)
    return sources.create(name="feed", url=feed.url, enforcement="kernel")


def run_of(source: Source) -> Run:
    return imports.import_now(source_id=source.pk, asked_by="a test")


def held(agent: MemoryAgent) -> Packed:
    return agent.memory_kernel.contents()


def blocked(agent: MemoryAgent) -> set[str]:
    return set(agent.fail2ban.banned(BLOCKLIST_JAIL))
