"""Node and npm: the machine's own, or else those of a Python package."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from banguard.machine import call, say
from banguard.machine.places import ROOT, data_folder

_FROM_PYTHON = ROOT / "deploy" / "assets" / "requirements.txt"
_OLDEST = 20  # what the tests of the scripts are written for


def program() -> str | None:
    """The Node that runs the checks and tests of our scripts, once ``npm(keep=True)`` was asked for; None without."""
    own, kept = shutil.which("node"), _kept() / "bin" / "node"
    if own and _version(own) >= _OLDEST:
        return own
    return str(kept) if kept.exists() else None


@contextmanager
def npm(*, keep: bool) -> Iterator[str | None]:
    """An npm. One from Python (200 MB) is thrown away afterwards unless ``keep``; None when it cannot be had."""
    own, node = shutil.which("npm"), program()
    if own and (node or not keep):
        yield own
        return
    venv = _kept() if keep or _kept().exists() else data_folder() / "node-for-once"
    try:
        yield _installed(venv)
    finally:
        if venv != _kept():
            shutil.rmtree(venv, ignore_errors=True)


def _kept() -> Path:
    return data_folder() / "node"


def _version(node: str) -> int:
    found = re.match(r"v(\d+)", call.run([node, "--version"], seconds=20).output)
    return int(found[1]) if found else 0


def _installed(venv: Path) -> str | None:
    program = venv / "bin" / "npm"
    if program.exists():
        return str(program)
    say.about("assets", "fetching Node, because there is none here that will do ...")
    pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-input", "--require-hashes"]
    for command in ([sys.executable, "-m", "venv", "--clear", str(venv)], [*pip, "-r", str(_FROM_PYTHON)]):
        result = call.run(command, environment=dict(os.environ))
        if result.code:
            say.problem(f"Node could not be fetched:\n{result.output.strip()}")
            shutil.rmtree(venv, ignore_errors=True)
            return None
    return str(program)
