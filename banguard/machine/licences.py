"""Writes ``Docs/Licences.md``: under which licence each thing comes that BanGuard is shipped with.

Run after a change of dependencies: ``.venv/bin/python -m banguard.machine.licences``. ``script/check`` compares.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from banguard.machine import call, say
from banguard.machine.pin import pinned
from banguard.machine.places import PYTHON, ROOT, VENV, shown

_PAGE = ROOT / "Docs" / "Licences.md"
_HEAD = """# Licences

What BanGuard is shipped with, and under which licence each comes. Nothing of it is in this repository: it is fetched at
set-up. What only the tests and checks use is not listed. `python -m banguard.machine.licences` writes this page.
"""
# Names that a package's own words are brought down to; whatever is not named here stands as it is.
_SHORT = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}


def page() -> str:
    """The whole page, from what is installed and from ``package-lock.json``."""
    tables = (("Python", _python()), ("Styles and scripts", _browser()))
    return _HEAD + "".join(f"\n## {title}\n\n{_table(rows)}" for title, rows in tables)


def _table(rows: Iterator[tuple[str, str]]) -> str:
    lines = [f"| {name} | {licence} |" for name, licence in sorted(rows, key=lambda row: row[0].lower())]
    return "\n".join(["| package | licence |", "|---|---|", *lines]) + "\n"


def _python() -> Iterator[tuple[str, str]]:
    wanted = pinned(ROOT / "requirements.txt")
    result = call.run([str(VENV / "bin" / "pip-licenses"), f"--python={PYTHON}", "--format=json"])
    for package in json.loads(result.output[result.output.index("[") :]):
        if package["Name"].replace("_", "-").replace(".", "-").lower() in wanted:
            yield package["Name"], "; ".join(_SHORT.get(name, name) for name in package["License"].split("; "))


def _browser() -> Iterator[tuple[str, str]]:
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    for place, package in lock["packages"].items():
        if place and not package.get("dev"):
            yield place.rpartition("node_modules/")[2], package.get("license", "not declared")


def main(arguments: list[str]) -> int:
    """Writes the page; with ``--check`` only compares it. The exit code."""
    new = page()
    if arguments != ["--check"]:
        _PAGE.write_text(new, encoding="utf-8")
    elif _text(_PAGE) != new:
        say.plain(f"{shown(_PAGE)} is out of date: run .venv/bin/python -m banguard.machine.licences")
        return 1
    return 0


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
