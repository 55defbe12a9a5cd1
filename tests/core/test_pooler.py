"""Behind a real PgBouncer in transaction mode no lock is given out, until a direct connection is named."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from psycopg.conninfo import make_conninfo

from banguard.core import locks, sessions
from banguard.core.errors import LocksUnavailable

PROGRAM = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        PROGRAM is None and os.environ.get("CI") != "true",
        reason="there is no pgbouncer on this machine: install Debian's package of that name",
    ),
]
CONFIGURATION = """
[databases]
* = {server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
ignore_startup_parameters = {ignored}
"""
Behind = Callable[..., str]


@pytest.fixture(autouse=True)
def _look_again() -> Iterator[None]:
    sessions.refuse_pooler.cache_clear()
    yield
    sessions.refuse_pooler.cache_clear()


@pytest.fixture
def behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Behind]:
    """``behind(ignored=...)`` puts the pooler in front of Django's connections; returns the direct way."""
    assert PROGRAM, "CI must have pgbouncer"
    running: list[subprocess.Popen[bytes]] = []

    def start(*, ignored: str = "") -> str:
        direct, port = direct_way(), free_port()
        path = tmp_path / "pgbouncer.ini"
        path.write_text(CONFIGURATION.format(server=direct, port=port, ignored=ignored), encoding="utf-8")
        running.append(start_as_no_root([PROGRAM, str(path)], tmp_path))
        wait_for(port, running[0], tmp_path)
        connection.close()
        monkeypatch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
        monkeypatch.setitem(connection.settings_dict, "PORT", str(port))
        return direct

    yield start
    connection.close()
    for process in running:
        process.terminate()
        process.wait(60)


def direct_way() -> str:
    given = connection.get_connection_params()
    known = {name: given[name] for name in ("host", "port", "user", "password", "dbname") if given.get(name)}
    return make_conninfo(**known)


def start_as_no_root(command: list[str], folder: Path) -> subprocess.Popen[bytes]:
    """PgBouncer refuses to be root. In a user namespace it is not, and may still enter a socket's folder of root's."""
    order, user = command, None
    sockets = Path(connection.get_connection_params().get("host") or "none")
    if os.geteuid() == 0 and sockets.is_dir() and sockets.stat().st_uid:
        user = sockets.stat().st_uid
        for path in (*folder.parents[:2], folder, *folder.iterdir()):
            path.chmod(0o755)
    elif os.geteuid() == 0:
        order = ["unshare", "--user", *command]
    with (folder / "pgbouncer.log").open("wb") as log:
        return subprocess.Popen(order, user=user, group=user, stdout=log, stderr=log, cwd="/")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    until = time.monotonic() + 60
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        if process.poll() is not None or time.monotonic() > until:
            pytest.fail((folder / "pgbouncer.log").read_text(encoding="utf-8"))
        time.sleep(0.05)


def test_no_lock_is_taken_behind_a_pooler(behind: Behind) -> None:
    behind()
    with (
        pytest.raises(LocksUnavailable, match=r"behind a pooler.*BANGUARD_LOCK_DATABASE_URL"),
        locks.hold(locks.IMPORT),
    ):
        pass


def test_a_pooler_that_hides_is_found_by_what_it_does(behind: Behind) -> None:
    behind(ignored="options")
    with pytest.raises(LocksUnavailable, match=r"transaction-pooling proxy.*BANGUARD_LOCK_DATABASE_URL"):
        sessions.refuse_pooler()


def test_a_direct_connection_for_locks_makes_it_work(behind: Behind, settings: Any) -> None:
    settings.LOCK_DATABASE_URL = behind()
    with locks.hold(locks.IMPORT) as held, held.writing():
        assert locks.is_held(locks.IMPORT)
    assert not locks.is_held(locks.IMPORT)
