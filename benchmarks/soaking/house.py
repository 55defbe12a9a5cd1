"""BanGuard as ``script/server`` starts it, in a folder of its own, and its processes, seen from outside."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from banguard.machine import call
from banguard.machine.errors import CannotGoOn
from banguard.machine.places import PYTHON, ROOT

# What each process has in its command line; and which it stands for when something fails.
ROLES = {
    "web": "-m gunicorn",
    "worker": "manage.py qcluster",
    "collector": "manage.py collect",
    "agent": "banguard.agent",
    "fail2ban": "fail2ban-server",
    "postgres": "postgres",
}
PASSWORD = "a long enough secret"  # noqa: S105 - of a database that is thrown away
_PATIENCE = 120.0  # seconds


@dataclass(frozen=True)
class House:
    data: Path
    port: int
    said: Path
    environment: dict[str, str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def processes(self) -> dict[str, list[int]]:
        """The process numbers of each role, the parent before its children."""
        found: dict[str, list[int]] = {role: [] for role in ROLES}
        for pid in sorted(int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal()):
            role = self._role(pid)
            if role:
                found[role].append(pid)
        return found

    def kill(self, pid: int) -> None:
        os.kill(pid, signal.SIGKILL)

    def manage(self, *arguments: str, seconds: float = 60) -> str:
        result = call.run([str(PYTHON), "manage.py", *arguments], environment=self.environment, seconds=seconds)
        if result.code:
            raise CannotGoOn(f"manage.py {arguments[0]} failed:\n{result.output}")
        return result.output

    def _role(self, pid: int) -> str | None:
        process = Path(f"/proc/{pid}")
        try:
            if process.joinpath("cwd").readlink() == self.data / "postgres":
                return "postgres"
            command = process.joinpath("cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            ours = str(self.data) in command or f"={self.data}" in process.joinpath("environ").read_text()
        except (OSError, UnicodeDecodeError):
            return None
        return next((role for role, mark in ROLES.items() if ours and mark in command), None)


@contextmanager
def house(lay: Callable[[Path], object] = Path.exists) -> Iterator[House]:
    """Up and ready; taken down and away at the end. ``lay`` puts something into its folder before. Raises
    ``CannotGoOn``."""
    data = Path(tempfile.mkdtemp(prefix="bg-soak-", dir="/tmp"))  # short: sockets have short paths
    data.chmod(0o755)
    lay(data)
    there = House(data, _free_port(), data / "said.log", {})
    there.environment.update(_settings(there))
    with there.said.open("wb") as said:
        server = subprocess.Popen(  # noqa: S603
            [str(ROOT / "script/server")], env=there.environment, stdout=said, stderr=subprocess.STDOUT, cwd=ROOT
        )
    try:
        _wait_until_ready(there, server)
        yield there
    finally:
        server.terminate()
        try:
            server.wait(_PATIENCE)
        finally:
            server.kill()
            shutil.rmtree(data, ignore_errors=True)


def _settings(there: House) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    return {
        **kept,
        "BANGUARD_DATA_DIR": str(there.data),
        "BANGUARD_PORT": str(there.port),
        "BANGUARD_FEED_ALLOWED_NETWORKS": "127.0.0.0/8",
        "BANGUARD_API_REQUESTS_PER_MINUTE": "1000000",
    }


def _wait_until_ready(there: House, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _PATIENCE
    while "is running at" not in there.said.read_text(errors="replace"):
        if server.poll() is not None or time.monotonic() > until:
            raise CannotGoOn(f"BanGuard did not start:\n{there.said.read_text(errors='replace')[-2000:]}")
        time.sleep(0.2)


def sign_in(there: House, name: str = "soak") -> requests.Session:
    """A browser's session of the first administrator, who is made by it."""
    session = requests.Session()
    found = re.search(r"http://\S+/setup/\S+/", there.said.read_text(errors="replace"))
    if found is None:
        raise CannotGoOn("BanGuard printed no link for the first account.")
    form = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', session.get(found[0], timeout=30).text)
    body = {"csrfmiddlewaretoken": form[1] if form else "", "username": name, "password": PASSWORD, "again": PASSWORD}
    answer = session.post(found[0], body, headers={"Referer": found[0]}, timeout=30)
    if answer.status_code != 200 or "/setup/" in answer.url:
        raise CannotGoOn(f"The first account could not be made ({answer.status_code}).")
    return session


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
