"""``python -m banguard.machine.alerts``: whether Prometheus can read our alert rules."""

from __future__ import annotations

import shutil
import sys

from banguard.machine import audit, call, packages, say
from banguard.machine.places import ROOT

RULES = ROOT / "deploy" / "prometheus" / "banguard.rules.yml"


def main() -> int:
    """The exit code of ``promtool``; that of a skipped check where it cannot be had."""
    if not shutil.which("promtool") and not packages.install(["prometheus"]):
        say.problem(f"promtool is not here, so the alert rules are NOT checked: {packages.command_for(['prometheus'])}")
        return audit.SKIPPED
    result = call.run(["promtool", "check", "rules", str(RULES)])
    say.plain(result.output.rstrip())
    return result.code


if __name__ == "__main__":
    sys.exit(main())
