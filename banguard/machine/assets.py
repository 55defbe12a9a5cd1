"""Third-party styles and scripts into ``node_modules``, and all static files into ``<data>/static``."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from banguard.machine import call, node, ordinary, say, translations
from banguard.machine.call import OrdinaryUser
from banguard.machine.django import manage
from banguard.machine.places import ROOT

_LOCK = ROOT / "package-lock.json"
_MODULES = ROOT / "node_modules"
_STAMP = _MODULES / ".banguard-installed"
_WHOLE = " whole"  # ends the stamp when what tests need is there too


def lay_out(data: Path, environment: Mapping[str, str], user: OrdinaryUser | None) -> None:
    """All that pages need beside code, each step only when its sources changed.

    Without third-party files the pages work but look plain.
    """
    bring_packages()
    translations.compile_all()
    sources = [_LOCK, ROOT / "requirements.txt", *_sources("static/**/*", "templates/**/*.html", "banguard/**/*.py")]
    stamp, digest = data / "static.stamp", f"{_digest(sources)} {(_MODULES / '@tabler').is_dir()}"
    if _read(stamp) == digest and (data / "static").is_dir():
        return
    begun = time.monotonic()
    (data / "static").mkdir(exist_ok=True)
    ordinary.give(data / "static", user)
    manage("collectstatic", "--noinput", "--verbosity=0", environment=environment, user=user)
    stamp.write_text(digest, encoding="utf-8")
    say.about("assets", "static files are laid out", time.monotonic() - begun)


def bring_packages(*, for_tests: bool = False) -> None:
    """What ``package-lock.json`` names into ``node_modules``; what only tests and checks need when ``for_tests``."""
    wanted = _digest([_LOCK])
    if _read(_STAMP) in ({wanted + _WHOLE} if for_tests else {wanted, wanted + _WHOLE}):
        return
    begun = time.monotonic()
    with node.npm(keep=for_tests) as npm:
        result = _npm_ci(npm, for_tests) if npm else call.Result(1, "npm is not here.")
    if result.code:
        say.problem(f"Third-party styles could not be fetched, so pages look plain:\n{result.output.strip()}")
        return
    _MODULES.mkdir(exist_ok=True)
    _STAMP.write_text(wanted + (_WHOLE if for_tests else ""), encoding="utf-8")
    say.about("assets", "third-party styles and scripts fetched with npm", time.monotonic() - begun)


def _npm_ci(npm: str, for_tests: bool) -> call.Result:
    # No script of a package runs: what is fetched is only files. One quick second try, for a start must not hang.
    tries = ("--fetch-retries=1", "--fetch-retry-mintimeout=1000")
    quiet = ("--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
    # Node brings its own list of authorities; the machine's own counts too, as it does for pip.
    environment = {"NODE_USE_SYSTEM_CA": "1", **os.environ}
    which = () if for_tests else ("--omit=dev",)
    return call.run([npm, "ci", "--ignore-scripts", *which, *tries, *quiet], environment=environment)


def _sources(*patterns: str) -> list[Path]:
    """Of what pages are made from everything counts: styles that none of it names are left out."""
    return [path for pattern in patterns for path in sorted(ROOT.glob(pattern))]


def _read(stamp: Path) -> str | None:
    return stamp.read_text(encoding="utf-8") if stamp.is_file() else None


def _digest(paths: Iterable[Path]) -> str:
    """Of names and contents; a file that is missing counts as empty."""
    total = hashlib.sha256()
    for path in paths:
        total.update(str(path).encode() + b"\0")
        total.update(hashlib.sha256(path.read_bytes() if path.is_file() else b"").digest())
    return total.hexdigest()
