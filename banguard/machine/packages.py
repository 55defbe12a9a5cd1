"""The distribution's packages: installed when the user is root, named in one command when not."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence

from banguard.machine import call, say

# How each package manager installs without asking, and what it calls the packages that Debian names.
_INSTALL = {
    "apt-get": ("apt-get", "install", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=120"),
    "dnf": ("dnf", "install", "-y"),
    "zypper": ("zypper", "--non-interactive", "install"),
    "pacman": ("pacman", "-Sy", "--noconfirm", "--needed"),
}
_ELSEWHERE = {
    "dnf": {"iproute2": "iproute", "fonts-dejavu-core": "dejavu-sans-fonts", "python3-venv": "python3-pip"},
    "zypper": {"fonts-dejavu-core": "dejavu-fonts", "python3-venv": "python3-pip"},
    "pacman": {"fonts-dejavu-core": "ttf-dejavu", "python3-venv": "python-pip"},
}


def command_for(names: Sequence[str]) -> str:
    """The one command that a person runs to install ``names``."""
    manager = _manager() or "apt-get"
    return " ".join(("sudo", *_INSTALL[manager][:2], *_called(manager, names)))


def install(names: Sequence[str]) -> bool:
    """Installs ``names``; False (and the reason is said) when that is impossible."""
    manager = _manager()
    if manager is None or os.geteuid() != 0:
        return False
    say.about("packages", f"installing {', '.join(names)} from the distribution ...")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    if manager == "apt-get":
        call.run(["apt-get", "update"], environment=quiet)  # if it fails, what is known already may do
    result = call.run([*_INSTALL[manager], *_called(manager, names)], environment=quiet)
    if result.code:
        say.problem(f"{manager} could not install {', '.join(names)}:\n{result.output.strip()}")
    return result.code == 0


def _manager() -> str | None:
    return next((name for name in _INSTALL if shutil.which(name)), None)


def _called(manager: str, names: Sequence[str]) -> list[str]:
    return [_ELSEWHERE.get(manager, {}).get(name, name) for name in names]
