"""The one-time link behind which the first account is made."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from banguard.machine import django, say
from banguard.machine.address import Address
from banguard.machine.call import OrdinaryUser


def ask_for_link(
    data: Path, environment: Mapping[str, str], user: OrdinaryUser | None
) -> subprocess.Popen[bytes] | None:
    """Asks Django while other things start. None, at no cost, once somebody has been there."""
    if _somebody(data).exists():
        return None
    return django.begin("setup_link", "--if-needed", environment=environment, user=user)


def say_link(data: Path, asked: subprocess.Popen[bytes], at: Address) -> None:
    printed = django.finish(asked)
    links = [line for line in printed.splitlines() if line.startswith(("/", "http"))]
    for link in links:
        say.plain(f"Make the first account here (the link works once): {at.url if link[0] == '/' else ''}{link}")
    if asked.returncode == 0 and not links:
        _somebody(data).touch()


def forget(data: Path) -> None:
    """After a migration the database may be another one."""
    _somebody(data).unlink(missing_ok=True)


def _somebody(data: Path) -> Path:
    return data / "somebody-has-an-account"
