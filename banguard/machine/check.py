"""``script/check``: every linter runs, whatever the others find, and each says one line."""

from __future__ import annotations

import time

from banguard.machine import assets, audit, call, node, say
from banguard.machine.django import MANAGE
from banguard.machine.places import PYTHON, ROOT, VENV, data_folder
from banguard.machine.test import throwaway_environment


def run() -> int:
    """1 when any found a fault."""
    # No check reads the database; with TLS declared, Django's own deployment checks are all in force.
    environment = throwaway_environment(data_folder() / "test") | {"BANGUARD_TLS": "true"}
    assets.bring_packages(for_tests=True)
    failed = [name for name, command in _checks().items() if not _passes(name, command, environment)]
    say.plain(f"\n{len(failed)} of {len(_checks())} failed: {', '.join(failed)}" if failed else "\nAll is well.")
    return 1 if failed else 0


def _checks() -> dict[str, list[str]]:
    templates = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "templates").rglob("*.html"))
    return {
        "lint": [_tool("ruff"), "check", "."],
        "format": [_tool("ruff"), "format", "--check", "."],
        "types": [_tool("mypy")],
        "scripts": [node.program() or "node", "node_modules/typescript/bin/tsc", "--project", "jsconfig.json"],
        "imports": [_tool("lint-imports")],
        "templates": [_tool("djade"), "--target-version", "5.2", "--check", *templates],
        "container": [_tool("hadolint"), "Dockerfile"],
        "alerts": [str(PYTHON), "-m", "banguard.machine.alerts"],
        "migrations": [*MANAGE, "makemigrations", "--check", "--dry-run"],
        "settings": [*MANAGE, "check", "--deploy", "--fail-level", "WARNING"],
        "licences": [str(PYTHON), "-m", "banguard.machine.licences", "--check"],
        "audit": [str(PYTHON), "-m", "banguard.machine.audit"],
    }


def _tool(name: str) -> str:
    return str(VENV / "bin" / name)


def _passes(name: str, command: list[str], environment: dict[str, str]) -> bool:
    begun = time.monotonic()
    result = call.run(command, environment=environment)
    outcome = {0: "ok", audit.SKIPPED: "skipped"}.get(result.code, "FAILED")
    say.about(name, outcome, time.monotonic() - begun)
    if result.code:
        say.plain(result.output.rstrip())
    return outcome != "FAILED"
