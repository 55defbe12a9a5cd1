"""Which Fail2ban server BanGuard works with: the one the environment names, the system's, or a private one."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from banguard.machine import packages, private_fail2ban, say
from banguard.machine.child import Service
from banguard.machine.places import shown

VARIABLES = (
    "BANGUARD_FAIL2BAN_SOCKET",
    "BANGUARD_FAIL2BAN_CONFIG_DIR",
    "BANGUARD_FAIL2BAN_DATABASE",
    "BANGUARD_FAIL2BAN_LOG",
)
_SYSTEM_SOCKET = Path("/run/fail2ban/fail2ban.sock")


@dataclass(frozen=True)
class Fail2ban:
    """``environment`` is for the agent alone; ``service`` is there when the server is ours to run."""

    expected: bool
    environment: Mapping[str, str] = field(default_factory=dict)
    service: Service | None = None


def find(data: Path) -> Fail2ban:
    if "BANGUARD_FAIL2BAN_SOCKET" in os.environ:
        say.about("fail2ban", f"the server at {os.environ['BANGUARD_FAIL2BAN_SOCKET']}, as the environment says")
        return Fail2ban(expected=True)
    if private_fail2ban.answers(_SYSTEM_SOCKET) or _installed_and_answers():
        say.about("fail2ban", "the system's server")
        return Fail2ban(expected=True)
    if shutil.which("fail2ban-server"):
        return _private(data / "fail2ban")
    say.about("fail2ban", f"is not installed; all else works without it. Run: {packages.command_for(['fail2ban'])}")
    return Fail2ban(expected=False)


def _installed_and_answers() -> bool:
    """Installs a missing package; its service, where there is systemd, takes a moment to answer."""
    if shutil.which("fail2ban-server") or not packages.install(["fail2ban"]):
        return False
    deadline = time.monotonic() + (5 if Path("/run/systemd/system").is_dir() else 0)
    while not private_fail2ban.answers(_SYSTEM_SOCKET):
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.3)
    return True


def _private(folder: Path) -> Fail2ban:
    private_fail2ban.stop_any(folder)
    service = private_fail2ban.service(folder)
    say.about("fail2ban", f"a private server that touches no firewall; its jail watches {shown(folder)}/attacks.log")
    paths = (
        private_fail2ban.socket_in(folder),
        folder / "config",
        folder / "fail2ban.sqlite3",
        folder / "fail2ban.log",
    )
    ours = {name: str(path) for name, path in zip(VARIABLES, paths, strict=True)}
    return Fail2ban(expected=True, environment={**ours, **_given()}, service=service)


def _given() -> dict[str, str]:
    return {name: os.environ[name] for name in VARIABLES if name in os.environ}
