"""Compiles ``requirements.in`` into ``requirements.txt``: all that it brings along, each with its hashes.

Run after a change: ``.venv/bin/python -m banguard.machine.pin``. Versions that are pinned already stay; name packages
to move those, as in ``... pin urllib3 idna``.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from banguard.machine import call, say
from banguard.machine.places import ROOT, VENV, shown

_OURS, _TESTS = ROOT / "requirements.txt", ROOT / "tests" / "requirements.txt"
_ASSETS = ROOT / "deploy" / "assets" / "requirements.txt"
_PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)


def pinned(path: Path) -> dict[str, str]:
    """The version of each package that ``path`` names, by its normal name (small letters, dashes)."""
    found = _PINNED.findall(path.read_text(encoding="utf-8"))
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in found}


def main(to_move: list[str]) -> int:
    """The exit code: 1 when the requirements cannot be met."""
    moved = [f"--upgrade-package={name}" for name in to_move]
    failed = _compile(_OURS, "", moved) or _compile(_ASSETS, "", moved)
    if not failed:
        in_ours = [f"--no-emit-package={name}" for name in pinned(_OURS)]
        failed = _compile(_TESTS, "-r ../requirements.txt\n", ["--constraint", str(_OURS), *in_ours, *moved])
    return failed


def _compile(path: Path, first: str, options: list[str]) -> int:
    source = path.with_suffix(".in")
    fixed = ["--universal", "--python-version=3.11", "--generate-hashes", "--no-emit-index-url", "--no-header", "-q"]
    command = [str(VENV / "bin" / "uv"), "pip", "compile", *fixed, *options, str(source), "--output-file", str(path)]
    result = call.run(command)
    if result.code:
        say.problem(f"{shown(source)} cannot be compiled:\n{result.output.strip()}")
        return 1
    head = f"# Compiled from {shown(source)}, where each has its reason; see Docs/Backend-Development.md.\n"
    path.write_text(head + first + _without_places(path.read_text(encoding="utf-8")), encoding="utf-8")
    say.about("pinned", f"{len(pinned(path))} packages in {shown(path)}")
    return 0


def _without_places(text: str) -> str:
    """The comments name the files of whoever compiled it by their whole path, and omitted packages: not for readers."""
    text = text.replace(f"{ROOT}/", "")
    lines = [line for line in text.splitlines() if "requirements.txt" not in line or "-c" not in line]
    return "\n".join(line for line in lines if not line.startswith("# ")) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
