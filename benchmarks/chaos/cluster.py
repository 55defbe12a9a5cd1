"""A PostgreSQL for one benchmark: in a folder of its own, on a socket there and on a loopback port."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from banguard.machine import call, ordinary, postgres
from banguard.machine.errors import CannotGoOn
from banguard.machine.supervise import Supervisor

FAST, IMMEDIATE = signal.SIGINT, signal.SIGQUIT  # how PostgreSQL is told to stop: with or without good-byes
_PATIENCE = 60.0  # seconds
# Harsher than production: what was committed may be forgotten in a crash, unless a session asks for better.
_HARSH = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Server:
    """Made and started by ``start``. ``url`` is its socket, ``port`` where it listens on loopback.

    ``durable`` ones are set up as BanGuard's own is, so their speed is what people get.
    """

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self._cluster = postgres.Cluster(folder, durable=durable)
        self._process: subprocess.Popen[bytes] | None = None
        self.port = _free_port()
        self.url = f"postgresql://postgres@{quote(str(self._cluster.sockets), safe='')}:{self.port}/banguard"

    def start(self) -> None:
        if not self._cluster.folder.exists():
            self._make()
        with self._cluster.log.open("ab") as log:
            self._process = call.spawn(
                [*self._prefix(), postgres.program("postgres"), "-D", str(self._cluster.folder), *self._options()],
                output=log,
                user=self._user(),
                folder=Path("/"),
                when_orphaned=IMMEDIATE,
            )
        self._wait_until_it_answers()

    def stop(self, how: signal.Signals = FAST) -> None:
        if self._process:
            self._process.send_signal(how)
            self._process.wait(_PATIENCE)
            self._process = None

    def ask(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """The rows, on a connection of its own: the last one may not have survived."""
        with psycopg.connect(self.url, autocommit=True, connect_timeout=10) as connection:
            cursor = connection.execute(query.encode(), parameters)
            return cursor.fetchall() if cursor.description else []

    def _make(self) -> None:
        supervisor = Supervisor(self._cluster.data / "groups")
        try:
            postgres.start(self._cluster, supervisor)
        finally:
            supervisor.stop()

    def _options(self) -> list[str]:
        places = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "max_connections": "60",
            "unix_socket_directories": str(self._cluster.sockets),
        }
        return [
            part
            for name, value in (postgres.memory() | ({} if self._cluster.durable else _HARSH) | places).items()
            for part in ("-c", f"{name}={value}")
        ]

    def _user(self) -> call.OrdinaryUser | None:
        """Whoever its folder was made for."""
        user = ordinary.ordinary_user()
        return user if user and user.uid == self._cluster.folder.stat().st_uid else None

    def _prefix(self) -> tuple[str, ...]:
        return ("unshare", "--user") if os.geteuid() == 0 and self._user() is None else ()

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                self.ask("SELECT 1")
                return
            except psycopg.OperationalError as error:
                if time.monotonic() > deadline or self._process is None or self._process.poll() is not None:
                    log = self._cluster.log.read_text(encoding="utf-8", errors="replace")
                    raise CannotGoOn(f"PostgreSQL does not start:\n{log[-2000:]}") from error
            time.sleep(0.02)


@contextmanager
def started(*, durable: bool = False) -> Iterator[tuple[Path, Server]]:
    """A new folder with a server that runs in it. Whatever happens, neither is left."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="banguard-", dir="/tmp"))  # short: sockets have short paths
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.chmod(0o755)  # for the ordinary user whose PostgreSQL it may be
        server = Server(folder, durable=durable)
        stack.callback(server.stop)
        server.start()
        yield folder, server


def _free_port() -> int:
    """Below those that the kernel gives to outgoing connections, so that it is still free after a restart."""
    while True:
        port = random.randint(20_000, 32_000)  # noqa: S311
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if probe.connect_ex(("127.0.0.1", port)):
                return port
