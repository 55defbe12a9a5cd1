"""Exports that nobody reads leave the site its threads."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from banguard.accounts.models import Person
from banguard.core import networks
from banguard.history import store
from banguard.history.values import Episode, Origin
from banguard.servers import services as servers
from tests.waiting import wait_until

PATH = "/history/export.jsonl"


@pytest.fixture
def many_bans(transactional_db: None) -> None:
    """More of them than the buffers between server and reader hold."""
    at, address = datetime.now(UTC) - timedelta(days=1), networks.parse_network("203.0.113.7")
    store.insert(
        server=servers.local(),
        episodes=(
            Episode("sshd", address, Origin.JAIL, at + timedelta(seconds=n), at + timedelta(seconds=n + 600), 1, 5, ())
            for n in range(30_000)
        ),
    )


def cookie_of(person: Person) -> str:
    client = Client()
    client.force_login(person)
    return "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())


@contextmanager
def unread(port: int, cookie: str) -> Iterator[int]:
    """An export whose lines stay where they are; its status."""
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        connection.connect(("127.0.0.1", port))
        connection.sendall(f"GET {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n".encode())
        yield int(connection.recv(20).split()[1])


def asked(port: int, path: str, cookie: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers={"Cookie": cookie})
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.usefixtures("many_bans")
def test_unread_exports_stop_no_page(web: Callable[..., int], administrator: Person) -> None:
    port, cookie = web(), cookie_of(administrator)
    with ExitStack() as open_ones:
        assert [open_ones.enter_context(unread(port, cookie)) for _ in range(6)] == [200] * 2 + [503] * 4
        assert asked(port, "/history/", cookie) == 200
        assert asked(port, "/health/live", cookie) == 200
    wait_until(lambda: asked(port, PATH, cookie) == 200, 20, "a reader who left kept its place")
