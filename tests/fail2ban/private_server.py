"""A private Fail2ban server in a folder of its own: two jails that follow one log, and an action that does nothing."""

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from banguard.core.errors import Fail2banUnreachable
from banguard.fail2ban.client import Fail2ban

NOOP = "[Definition]\nactionban =\nactionunban =\n"
FILTER = "[Definition]\nfailregex = ^ login failed for \\S+ from <HOST>$\n"
JAILS = """[DEFAULT]
enabled = false
action = noop
banaction = noop
backend = polling
usedns = no
bantime = 600
findtime = 600
maxretry = 2

[lab]
enabled = true
filter = lab
logpath = {log}
ignoreip = 192.0.2.250 nobody.invalid

[other]
enabled = true
filter = lab
logpath = {log}
bantime = 1h
"""


@dataclass(frozen=True)
class RealFail2ban:
    folder: Path

    @property
    def config_dir(self) -> Path:
        return self.folder / "conf"

    @property
    def socket_path(self) -> Path:
        return self.folder / "f.sock"

    @property
    def database_path(self) -> Path:
        return self.folder / "f.sqlite3"

    @property
    def log(self) -> Path:
        return self.folder / "attacks.log"

    @property
    def client(self) -> Fail2ban:
        return Fail2ban(self.socket_path)

    def attack(self, address: str, times: int = 2) -> None:
        with self.log.open("a") as log:
            for _ in range(times):
                log.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} login failed for bob from {address}\n")


def configure(server: RealFail2ban) -> None:
    shutil.copytree("/etc/fail2ban", server.config_dir)
    shutil.rmtree(server.config_dir / "jail.d")
    (server.config_dir / "jail.d").mkdir()
    (server.config_dir / "action.d/noop.conf").write_text(NOOP)
    (server.config_dir / "filter.d/lab.conf").write_text(FILTER)
    (server.config_dir / "jail.local").write_text(JAILS.format(log=server.log))
    (server.config_dir / "fail2ban.local").write_text(
        f"[DEFAULT]\nlogtarget = {server.folder}/f.log\ndbfile = {server.database_path}\ndbpurgeage = 1d\n"
        f"socket = {server.socket_path}\npidfile = {server.folder}/f.pid\n"
    )
    server.log.touch()


def start(server: RealFail2ban) -> subprocess.Popen[bytes]:
    order = ["fail2ban-server", "-c", server.config_dir, "-s", server.socket_path, "-p", server.folder / "f.pid", "-xf"]
    process = subprocess.Popen([*order, "start"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(200):
        with contextlib.suppress(Fail2banUnreachable):
            if "other" in server.client.jail_names():
                return process
        time.sleep(0.05)
    process.kill()
    raise RuntimeError("the private Fail2ban server did not start")


def require_fail2ban() -> None:
    """Where it is not installed its tests are skipped, loudly; in CI that is a failure."""
    if shutil.which("fail2ban-server") is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("FAIL2BAN IS NOT INSTALLED: not tested")


@contextlib.contextmanager
def running_fail2ban() -> Iterator[RealFail2ban]:
    require_fail2ban()
    with tempfile.TemporaryDirectory(prefix="f2b", dir="/tmp") as folder:
        server = RealFail2ban(Path(folder))
        configure(server)
        process = start(server)
        try:
            yield server
        finally:
            process.terminate()
            process.wait(timeout=30)
