"""A private Fail2ban whose bans touch no firewall, its agent, and the ways in which its log is rotated."""

from __future__ import annotations

import contextlib
import gzip
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

from banguard.core.errors import BanGuardError
from banguard.fail2ban.client import Fail2ban
from banguard.machine import call
from banguard.machine.errors import CannotGoOn

LONG, BRIEF = 604_800, 3  # seconds
JAILS = {"lab": LONG, "brief": BRIEF, "found": LONG, "flushed": LONG, "restless": LONG}
_DEFAULT = """[DEFAULT]
enabled = false
action = noop
backend = polling
usedns = no
findtime = 600
maxretry = 2
filter = bench
ignoreself = false
"""
_FILTER = "[Definition]\nfailregex = ^ login failed for \\S+ from <HOST>$\n"
_ACTION = "[Definition]\nactionban =\nactionunban =\nactionflush = true\n"
_PATIENCE = 30.0  # seconds


class Server:
    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder, self._environment = folder, environment
        self.client = Fail2ban(folder / "f.sock")
        self.log, self.attacks = folder / "fail2ban.log", folder / "attacks.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._agent: subprocess.Popen[bytes] | None = None
        self._configure()

    def start(self) -> None:
        order = ["fail2ban-server", "-xf", *self._options("start")]
        self._process = call.spawn(order, output=subprocess.DEVNULL, folder=self.folder)
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            with contextlib.suppress(BanGuardError):
                if set(self.client.jail_names()) >= set(JAILS):
                    return
            time.sleep(0.05)
        raise CannotGoOn("Fail2ban does not start.")

    def start_agent(self) -> None:
        with (self.folder / "agent.log").open("ab") as log:
            order = [sys.executable, "-m", "banguard.agent"]
            self._agent = call.spawn(order, output=log, environment=self._environment)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(_PATIENCE)
            self._process = None

    def stop_agent(self) -> None:
        if self._agent is not None:
            self._agent.terminate()
            self._agent.wait(_PATIENCE)

    def tell(self, *words: str) -> None:
        result = call.run(["fail2ban-client", *self._options(*words)], seconds=_PATIENCE)
        if result.code:
            raise CannotGoOn(f"fail2ban-client {' '.join(words)} failed:\n{result.output}")

    def attack(self, address: str) -> None:
        with self.attacks.open("a") as log:
            log.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} login failed for bob from {address}\n" * 2)

    def rotate(self, chance: random.Random) -> str:
        """As logrotate does it: by renaming, with or without compressing what is older, or by copying."""
        kind = chance.choice(["renamed", "compressed", "copied"])
        self._shift(compress=kind == "compressed")
        first = self.log.with_name(f"{self.log.name}.1")
        if kind == "copied":
            with self.log.open("rb") as log, first.open("wb") as copy:
                shutil.copyfileobj(log, copy)
                # What is written after this and before the next line no source tells any more: it may take no time.
                copy.write(log.read())
                os.truncate(self.log, 0)
        else:
            self.log.rename(first)
            self.log.touch()
            time.sleep(chance.uniform(0, 0.3))  # Fail2ban goes on writing into the old one for a while
            self.tell("flushlogs")
        return kind

    def _shift(self, *, compress: bool) -> None:
        found = sorted(self.log.parent.glob(f"{self.log.name}.[0-9]*"), key=_number, reverse=True)
        for path in found:
            packed = path.suffix == ".gz"
            older = path.rename(self.log.with_name(f"{self.log.name}.{_number(path) + 1}{'.gz' if packed else ''}"))
            if compress and not packed:
                _compress(older)

    def _options(self, *words: str) -> list[str]:
        places = {"-c": "config", "-s": "f.sock", "-p": "f.pid"}
        return [part for name, value in places.items() for part in (name, str(self.folder / value))] + list(words)

    def _configure(self) -> None:
        config = self.folder / "config"
        shutil.copytree("/etc/fail2ban", config, ignore=shutil.ignore_patterns("jail.d"))
        (config / "jail.d").mkdir()
        (config / "action.d/noop.conf").write_text(_ACTION)
        (config / "filter.d/bench.conf").write_text(_FILTER)
        (self.folder / "nothing.log").touch()
        self.attacks.touch()
        logs = {"found": self.attacks}
        sections = (
            f"[{jail}]\nenabled = true\nbantime = {seconds}\nlogpath = {logs.get(jail, self.folder / 'nothing.log')}\n"
            for jail, seconds in JAILS.items()
        )
        (config / "jail.local").write_text(_DEFAULT + "".join(sections))
        places = f"logtarget = {self.log}\ndbfile = {self.folder}/f.sqlite3\nsocket = {self.folder}/f.sock\n"
        (config / "fail2ban.local").write_text(f"[DEFAULT]\n{places}pidfile = {self.folder}/f.pid\ndbpurgeage = 1d\n")


def _number(path: Path) -> int:
    return int(path.name.removesuffix(".gz").rpartition(".")[2])


def _compress(path: Path) -> None:
    """As gzip does it: beside it, with its time, and in its place only once it is whole."""
    about = path.stat()
    packed = path.with_name(f"{path.name}.gz")
    draft = path.with_name(f".{path.name}.draft")
    with path.open("rb") as plain, gzip.open(draft, "wb") as content:
        shutil.copyfileobj(plain, content)
    os.utime(draft, ns=(about.st_atime_ns, about.st_mtime_ns))
    draft.rename(packed)
    path.unlink()
