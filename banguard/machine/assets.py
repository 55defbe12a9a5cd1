"""Third-party styles and scripts into ``node_modules``, and all static files into ``<data>/static``."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from banguard.machine import call, ordinary, say
from banguard.machine.call import OrdinaryUser
from banguard.machine.django import manage
from banguard.machine.places import ROOT

_NODE_FROM_PYTHON = ROOT / "deploy" / "assets" / "requirements.txt"
_LOCK = ROOT / "package-lock.json"
_MODULES = ROOT / "node_modules"
_STAMP = _MODULES / ".banguard-installed"


def lay_out(data: Path, environment: Mapping[str, str], user: OrdinaryUser | None) -> None:
    """Both steps, each only when its sources changed. Without third-party files the pages work but look plain."""
    if _read(_STAMP) != _digest([_LOCK]):
        _fetch(data)
    sources = [_LOCK, _STAMP, ROOT / "requirements.txt", *sorted((ROOT / "static").rglob("*"))]
    stamp, digest = data / "static.stamp", _digest(sources)
    if _read(stamp) == digest and (data / "static").is_dir():
        return
    begun = time.monotonic()
    (data / "static").mkdir(exist_ok=True)
    ordinary.give(data / "static", user)
    manage("collectstatic", "--noinput", "--verbosity=0", environment=environment, user=user)
    stamp.write_text(digest, encoding="utf-8")
    say.about("assets", "static files are laid out", time.monotonic() - begun)


def _fetch(data: Path) -> None:
    begun = time.monotonic()
    npm = shutil.which("npm")
    result = _npm_ci([npm]) if npm else _with_node_from_python(data / "node-for-once")
    if result.code:
        say.problem(f"Third-party styles could not be fetched, so pages look plain:\n{result.output.strip()}")
        return
    _MODULES.mkdir(exist_ok=True)
    _STAMP.write_text(_digest([_LOCK]), encoding="utf-8")
    say.about("assets", "third-party styles fetched with npm", time.monotonic() - begun)


def _npm_ci(npm: list[str]) -> call.Result:
    # No script of a package runs: what is fetched is only files. One quick second try, for a start must not hang.
    tries = ("--fetch-retries=1", "--fetch-retry-mintimeout=1000")
    quiet = ("--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
    # Node brings its own list of authorities; the machine's own counts too, as it does for pip.
    environment = {"NODE_USE_SYSTEM_CA": "1", **os.environ}
    return call.run([*npm, "ci", "--ignore-scripts", *tries, *quiet], environment=environment)


def _with_node_from_python(venv: Path) -> call.Result:
    """Node 24 from a Python package, in an environment that is thrown away afterwards (200 MB)."""
    say.about("assets", "fetching Node for once, because npm is not here ...")
    try:
        pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-input"]
        for command in ([sys.executable, "-m", "venv", "--clear", str(venv)], [*pip, "-r", str(_NODE_FROM_PYTHON)]):
            result = call.run(command)
            if result.code:
                return result
        return _npm_ci([str(venv / "bin" / "npm")])
    finally:
        shutil.rmtree(venv, ignore_errors=True)


def _read(stamp: Path) -> str | None:
    return stamp.read_text(encoding="utf-8") if stamp.is_file() else None


def _digest(paths: Iterable[Path]) -> str:
    """Of names and contents; a file that is missing counts as empty."""
    total = hashlib.sha256()
    for path in paths:
        total.update(str(path).encode() + b"\0")
        total.update(hashlib.sha256(path.read_bytes() if path.is_file() else b"").digest())
    return total.hexdigest()
