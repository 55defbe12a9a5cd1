"""Three machines, as network namespaces of this one: the database's, and two that run web, worker and collector.

The agent's socket is a file, so both reach the one agent; that stands for a socket forwarded to each machine.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings

from banguard.envtypes import ROOT
from banguard.machine import ordinary, postgres
from banguard.machine.supervise import Supervisor
from tests.waiting import wait_until

NETWORK = "10.213.7"
DATABASE = f"{NETWORK}.1"
FEED_PORT = 8099
# Answers after a while, so that an import can be caught in the middle of it.
FEED = """
import http.server, sys, time
class Slow(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        time.sleep(float(self.path.rpartition("/")[2]))
        body = b"192.88.99.7\\n198.18.0.0/16\\n203.0.113.77\\n"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), Slow).serve_forever()
"""


class Unix(http.client.HTTPConnection):
    """HTTP over a socket file, which crosses the borders of network namespaces."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=20)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


@dataclass
class Machine:
    """``link`` is the end of its cable in the database's namespace."""

    name: str
    address: str
    link: str
    web: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def ask(self, method: str, path: str, token: str = "", **body: object) -> tuple[int, Any]:
        """The status and the JSON of the answer; 0 when there was none."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connection = Unix(self.web)
        try:
            connection.request(method, path, json.dumps(body) if body else None, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"null")
        except (OSError, http.client.HTTPException):
            return 0, None
        finally:
            connection.close()


@dataclass(frozen=True)
class Machines:
    url: str  # of the database, from this namespace
    hub: str
    both: tuple[Machine, Machine]
    token: str
    feed: str

    def query(self, query: str) -> Any:
        with psycopg.connect(self.url, autocommit=True) as connection:
            row = connection.execute(query.encode()).fetchone()
        return row[0] if row else None

    @contextmanager
    def cut_off(self, machine: Machine) -> Iterator[None]:
        """As if somebody pulled its cable."""
        ip("netns", "exec", self.hub, "ip", "link", "set", machine.link, "down")
        try:
            yield
        finally:
            ip("netns", "exec", self.hub, "ip", "link", "set", machine.link, "up")

    def leader(self) -> Machine | None:
        """On which machine the collector is that leads."""
        pid = self.query(
            "SELECT pid FROM core_lease WHERE lock = 'collect' AND EXISTS (SELECT FROM pg_locks"
            " WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND pg_locks.pid = session)"
        )
        return next((one for one in self.both if any(each.pid == pid for each in one.processes)), None)


def ip(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], check=False, capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, f"ip {' '.join(arguments)}: {done.stderr}"


@contextmanager
def machines(agent_socket: Path) -> Iterator[Machines]:
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="bg-", dir="/tmp"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.chmod(0o755)
        hub, names = _network(stack)
        url, port = _database(stack, folder, hub)
        inside = {
            **_settings(folder, agent_socket),
            "DATABASE_URL": f"postgresql://postgres@{DATABASE}:{port}/banguard",
        }
        _spawn(stack, hub, [sys.executable, "-c", FEED, DATABASE, str(FEED_PORT)], {})
        outside = {**inside, "DATABASE_URL": url}
        _manage(outside, "migrate", "--verbosity=0")
        _manage(outside, "createcachetable")
        token = _manage(outside, "create_api_token", "test", "--scopes", "*").strip().splitlines()[-1]
        both = tuple(_start(stack, folder, number, name, inside) for number, name in enumerate(names, start=2))
        yield Machines(url, hub, (both[0], both[1]), token, f"http://{DATABASE}:{FEED_PORT}")


def _network(stack: ExitStack) -> tuple[str, list[str]]:
    mark = os.getpid() % 10_000
    hub, names = f"bgh{mark}", [f"bga{mark}", f"bgb{mark}"]
    for name in (hub, *names):
        ip("netns", "add", name)
        stack.callback(subprocess.run, ["ip", "netns", "del", name], check=False)
        ip("netns", "exec", name, "ip", "link", "set", "lo", "up")
    ip("netns", "exec", hub, "ip", "link", "add", "bridge", "type", "bridge")
    ip("netns", "exec", hub, "ip", "address", "add", f"{DATABASE}/24", "dev", "bridge")
    ip("netns", "exec", hub, "ip", "link", "set", "bridge", "up")
    for number, name in enumerate(names, start=2):
        ip("link", "add", name, "netns", hub, "type", "veth", "peer", "name", "eth0", "netns", name)
        ip("netns", "exec", hub, "ip", "link", "set", name, "master", "bridge", "up")
        ip("netns", "exec", name, "ip", "address", "add", f"{NETWORK}.{number}/24", "dev", "eth0")
        ip("netns", "exec", name, "ip", "link", "set", "eth0", "up")
    return hub, names


def _database(stack: ExitStack, folder: Path, hub: str) -> tuple[str, int]:
    """A PostgreSQL that listens in the namespace ``hub``; its URL by the socket file, and its port."""
    cluster = postgres.Cluster(folder, durable=False)
    supervisor = Supervisor(folder / "groups")
    postgres.start(cluster, supervisor)
    supervisor.stop()
    with (cluster.folder / "pg_hba.conf").open("a") as rules:
        rules.write(f"host all all {NETWORK}.0/24 trust\n")
    owner, port = cluster.folder.stat().st_uid, 5432
    drop = ["setpriv", f"--reuid={owner}", f"--regid={owner}", "--clear-groups"] if owner else ["unshare", "--user"]
    options = {"listen_addresses": DATABASE, "port": port, "unix_socket_directories": cluster.sockets, "fsync": "off"}
    listed = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    _spawn(stack, hub, [*drop, postgres.program("postgres"), "-D", str(cluster.folder), *listed], {}, signal.SIGINT)
    url = f"postgresql://postgres@/banguard?host={cluster.sockets}"
    wait_until(lambda: _answers(url), 30, "PostgreSQL does not answer")
    return url, port


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _settings(folder: Path, agent_socket: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BANGUARD_", "DATABASE_"))}
    return {
        **kept,
        "BANGUARD_SECRET_KEYS": settings.SECRET_KEY,
        "BANGUARD_AGENT_SOCKET": str(agent_socket),
        "BANGUARD_FEED_ALLOWED_NETWORKS": f"{NETWORK}.0/24",
        "BANGUARD_DATA_DIR": str(folder / "data"),
    }


def _start(stack: ExitStack, folder: Path, number: int, name: str, environment: dict[str, str]) -> Machine:
    machine = Machine(name, f"{NETWORK}.{number}", name, folder / f"{name}.sock")
    gunicorn = [sys.executable, "-m", "gunicorn", "--config", "banguard/machine/gunicorn_conf.py", "--workers", "1"]
    for command in (
        [*gunicorn, "--bind", f"unix:{machine.web}"],
        [sys.executable, "manage.py", "qcluster"],
        [sys.executable, "manage.py", "collect"],
    ):
        machine.processes.append(_spawn(stack, name, command, environment))
    wait_until(lambda: machine.ask("GET", "/health/live")[0] == 200, 60, f"{name} does not serve")
    return machine


def _spawn(
    stack: ExitStack, name: str, command: list[str], environment: dict[str, str], last: int = signal.SIGTERM
) -> subprocess.Popen[bytes]:
    # ``ip netns exec`` becomes the command, so its process number is the command's.
    process = subprocess.Popen(
        ["ip", "netns", "exec", name, *command],
        env={"PATH": os.environ["PATH"], **environment},
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    stack.callback(_end, process, last)
    return process


def _end(process: subprocess.Popen[bytes], last: int) -> None:
    process.send_signal(last)
    until = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < until:
        time.sleep(0.1)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def _manage(environment: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def is_possible() -> bool:
    return os.geteuid() == 0 and shutil.which("ip") is not None and ordinary.ordinary_user() is not None
