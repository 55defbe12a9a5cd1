"""A Fail2ban server with a configuration of its own, and a real agent beside it, both to be killed."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from banguard.agent.client import Agent
from banguard.core.errors import BanGuardError
from banguard.fail2ban.client import Fail2ban
from banguard.machine.errors import CannotGoOn

STOCK = Path("/etc/fail2ban")
NOOP = "[Definition]\nactionban =\nactionunban =\n"
FILTER = "[Definition]\nfailregex = ^ login failed for \\S+ from <HOST>$\n"
JAILS = """[DEFAULT]
enabled = false
action = noop
banaction = noop
backend = polling
usedns = no
bantime = 1d
findtime = 600
maxretry = 5
"""
NAMES = ("one", "two", "three")
USUAL = JAILS + "".join(f"\n[{name}]\nenabled = true\nfilter = lab\nlogpath = {{log}}\n" for name in NAMES)

Snapshot = dict[str, tuple[str, int, int, int]]  # path -> digest, mode, owner, group


@dataclass
class GuardedMachine:
    """``jails``: its ``jail.local``; ``prefix``: what both are started with, for a network namespace of their own."""

    folder: Path
    jails: str = USUAL
    prefix: tuple[str, ...] = ()
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def config(self) -> Path:
        return self.folder / "fail2ban"

    @property
    def server(self) -> Fail2ban:
        return Fail2ban(self.folder / "f.sock")

    @property
    def agent(self) -> Agent:
        return Agent(self.folder / "a.sock", timeout=30)

    def lay_down(self) -> None:
        shutil.copytree(STOCK, self.config)
        shutil.rmtree(self.config / "jail.d")
        (self.config / "jail.d").mkdir()
        (self.folder / "log").touch()
        for name in ("noop", "noop2"):
            (self.config / f"action.d/{name}.conf").write_text(NOOP)
        (self.config / "filter.d/lab.conf").write_text(FILTER)
        (self.config / "jail.local").write_text(self.jails.replace("{log}", str(self.folder / "log")))
        (self.config / "fail2ban.local").write_text(
            f"[DEFAULT]\nlogtarget = {self.folder}/f.log\ndbfile = {self.folder}/f.sqlite3\n"
            f"socket = {self.folder}/f.sock\npidfile = {self.folder}/f.pid\n"
        )

    def start(self, name: str) -> None:
        """``fail2ban`` or ``agent``; returns once it answers."""
        files = ["-c", self.config, "-s", self.folder / "f.sock", "-p", self.folder / "f.pid"]
        orders: dict[str, list[str]] = {
            "fail2ban": ["fail2ban-server", "-xf", *map(str, files), "start"],
            "agent": [sys.executable, "-m", "banguard.agent"],
        }
        settings = {
            "BANGUARD_AGENT_SOCKET": f"{self.folder}/a.sock",
            "BANGUARD_FAIL2BAN_SOCKET": f"{self.folder}/f.sock",
            "BANGUARD_FAIL2BAN_CONFIG_DIR": str(self.config),
            "BANGUARD_FAIL2BAN_DATABASE": f"{self.folder}/f.sqlite3",
            "BANGUARD_FAIL2BAN_LOG": f"{self.folder}/f.log",
        }
        with (self.folder / f"{name}.out").open("ab") as said:
            self.processes[name] = subprocess.Popen(  # noqa: S603 - fixed words and our own paths
                [*self.prefix, *orders[name]],
                env={**os.environ, **settings},
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        answers = self.agent.config_names if name == "agent" else self.server.ping
        wait_until(lambda: _answers(answers), 60, f"{name} did not start")

    def signal(self, name: str, number: signal.Signals) -> None:
        self.processes[name].send_signal(number)
        if number == signal.SIGKILL:
            self.processes[name].wait(timeout=30)

    def is_up(self, name: str) -> bool:
        return self.processes[name].poll() is None

    def snapshot(self) -> Snapshot:
        """Every file of the configuration folder, hidden ones too."""
        return {str(path.relative_to(self.config)): _seen(path) for path in self.config.rglob("*") if path.is_file()}


def _seen(path: Path) -> tuple[str, int, int, int]:
    status = path.stat()
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return digest, stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid


def _answers(call: Callable[[], object]) -> bool:
    try:
        call()
    except BanGuardError:
        return False
    return True


def wait_until(condition: Callable[[], bool], seconds: float, otherwise: str) -> None:
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise CannotGoOn(otherwise)
        time.sleep(0.05)


@contextlib.contextmanager
def guarded_machine(jails: str = USUAL, prefix: tuple[str, ...] = ()) -> Iterator[GuardedMachine]:
    """Both running, in a folder that ends with the block."""
    if shutil.which("fail2ban-server") is None or not STOCK.is_dir():
        raise CannotGoOn("Fail2ban is not installed on this machine.")
    with tempfile.TemporaryDirectory(prefix="bgc", dir="/tmp") as name:
        machine = GuardedMachine(Path(name), jails, prefix)
        Path(name).chmod(0o755)
        machine.lay_down()
        try:
            machine.start("fail2ban")
            machine.start("agent")
            yield machine
        finally:
            for process in machine.processes.values():
                if process.poll() is None:
                    process.send_signal(signal.SIGCONT)
                    process.terminate()
                    process.wait(timeout=30)
