"""Asks whether a dependency has a known vulnerability, through pip-audit, which needs the network.

Exit code 0: none has. 1: what is said first. 77: nobody could be asked, which is no answer; every package that was not
looked up is counted.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from banguard.machine import call, say
from banguard.machine.pin import pinned
from banguard.machine.places import ROOT, VENV, shown

SKIPPED = 77  # what other build tools, too, call a check that could not be made
_SECONDS = 120
_LISTS = (ROOT / "requirements.txt", ROOT / "tests" / "requirements.txt")


def main() -> int:
    """The exit code."""
    outcomes = [_audited(path) for path in _LISTS]
    return 1 if 1 in outcomes else max(outcomes)


def _audited(path: Path) -> int:
    options = ["--require-hashes", "--disable-pip", "--format=json", "--progress-spinner=off", "--timeout=10"]
    result = call.run([str(VENV / "bin" / "pip-audit"), "-r", str(path), *options], seconds=_SECONDS)
    return verdict(path, result.output)


def verdict(path: Path, output: str) -> int:
    """What ``output`` of pip-audit, about the packages that ``path`` pins, amounts to; says it."""
    found = _dependencies(output)
    if not found:
        say.plain(
            f"{shown(path)}: not audited. {(output.strip().splitlines() or ['pip-audit said nothing.'])[-1][:200]}"
        )
        return SKIPPED
    faults = list(_faults(found))
    for fault in faults:
        say.plain(f"{shown(path)}: {fault}")
    unknown = [package["name"] for package in found if "skip_reason" in package]
    if unknown:
        say.plain(f"{shown(path)}: no advisories could be had for {len(unknown)} of {len(pinned(path))} packages.")
    return 1 if faults else SKIPPED if unknown else 0


def _dependencies(output: str) -> list[dict[str, Any]]:
    for line in output.splitlines():
        try:
            return list(json.loads(line)["dependencies"])
        except (ValueError, KeyError, TypeError):
            continue
    return []


def _faults(packages: list[dict[str, Any]]) -> Iterator[str]:
    for package in packages:
        for vulnerability in package.get("vulns", []):
            yield f"{package['name']} {package['version']} has {_described(vulnerability)}"


def _described(vulnerability: Mapping[str, Any]) -> str:
    mended = ", ".join(vulnerability.get("fix_versions") or ["no version yet"])
    names = [vulnerability["id"], *vulnerability.get("aliases", [])[:1]]
    return f"{' / '.join(names)}, mended in {mended}"


if __name__ == "__main__":
    sys.exit(main())
