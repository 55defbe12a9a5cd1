"""What the machine keeps of the house's rules."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from banguard.envtypes import ROOT

LONGEST_FUNCTION = 40
LONGEST_FILE = 300
Function = ast.FunctionDef | ast.AsyncFunctionDef


def files() -> list[Path]:
    found = sorted((ROOT / "banguard").rglob("*.py"))
    return [path for path in found if "migrations" not in path.parts]


def functions() -> Iterator[tuple[str, Function]]:
    for path in files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, Function):
                yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", node


def lines_of(node: Function) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_the_arrows_between_modules_run_only_downward() -> None:
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = subprocess.run(
        [sys.executable, "-c", program, "--no-cache"], check=False, cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_query_reads_the_tables_of_another_app() -> None:
    tables = re.compile(r"\b(?:FROM|INTO|JOIN|UPDATE|USING) (accounts|servers|history|config|blocklists|core)_")
    named = ((path.relative_to(ROOT / "banguard").parts[0], path) for path in files())
    found = [(app, path, set(tables.findall(path.read_text(encoding="utf-8")))) for app, path in named]
    assert [(str(path), others) for app, path, others in found if others - {app}] == []


def test_no_function_is_long() -> None:
    assert [where for where, node in functions() if lines_of(node) > LONGEST_FUNCTION] == []


def test_half_of_all_functions_are_short() -> None:
    lengths = sorted(lines_of(node) for _, node in functions())
    assert lengths[len(lengths) // 2] <= 8


def test_nothing_is_imported_inside_a_function() -> None:
    lazy = (ast.Import, ast.ImportFrom)
    assert [where for where, node in functions() if any(isinstance(part, lazy) for part in ast.walk(node))] == []


@pytest.mark.parametrize("ending", ["*.py", "*.html", "*.css", "*.js"])
def test_no_file_is_long(ending: str) -> None:
    ours = [path for folder in ("banguard", "templates", "static", "tests") for path in (ROOT / folder).rglob(ending)]
    limit = 120 if ending == "*.html" else LONGEST_FILE
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in ours}
    assert {path: length for path, length in lengths.items() if length > limit and "vendor" not in path} == {}


def test_no_folder_is_a_drawer_for_whatever() -> None:
    drawers = {"utils", "util", "helpers", "common", "misc", "manager"}
    assert [str(path) for path in files() if drawers & {path.stem, path.parent.name}] == []
