"""Which Python the virtual environment is made with."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from banguard.machine import call, packages
from banguard.machine.call import OrdinaryUser
from banguard.machine.errors import CannotGoOn
from banguard.machine.ordinary import may_execute

_DESCRIBE = """
import sys
try:
    import ensurepip, venv
except ImportError:
    whole = 0
else:
    whole = 1
print(sys.executable, sys.version_info[0], sys.version_info[1], whole, sep="\\n")
"""
_NAMES = ("python3", "/usr/bin/python3", "python3.13", "python3.12", "python3.11", "python3.14", sys.executable)


@dataclass(frozen=True)
class Python:
    """``path`` is the real program, not a shim; ``whole`` says that it can make a virtual environment."""

    path: str
    version: tuple[int, int]
    whole: bool


def described(program: str) -> Python | None:
    """What ``program`` is, or None when it does not run or is older than 3.11."""
    result = call.run([program, "-I", "-c", _DESCRIBE], seconds=20)
    lines = result.output.split()
    if result.code or len(lines) != 4:
        return None
    version = (int(lines[1]), int(lines[2]))
    return Python(lines[0], version, lines[3] == "1") if version >= (3, 11) else None


def chosen(user: OrdinaryUser | None) -> Python:
    """The first Python of PATH, but rather one that ``user``, for whom root drops its power, can execute."""
    found = list(_candidates())
    preferred = [python for python in found if user and may_execute(user, python.path)]
    for python in (*preferred, *found):
        whole = python if python.whole else _completed(python)
        if whole:
            return whole
    raise CannotGoOn(
        f"This Python cannot make virtual environments. Run: {packages.command_for(['python3-venv'])}\n"
        "and then the same command again."
    )


def _candidates() -> Iterator[Python]:
    seen: set[str] = set()
    for name in _NAMES:
        program = shutil.which(name)
        python = described(program) if program else None
        if python and python.path not in seen:
            seen.add(python.path)
            yield python


def _completed(python: Python) -> Python | None:
    """Debian splits ``venv`` from its Python: bring the missing half, if this is the distribution's and we are root."""
    if not python.path.startswith("/usr/bin/") or os.geteuid() != 0 or not packages.install(["python3-venv"]):
        return None
    again = described(python.path)
    return again if again and again.whole else None
