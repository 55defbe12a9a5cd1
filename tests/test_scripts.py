"""Our scripts: their own tests with Node's runner, their types, and the order in which a page is composed."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from banguard.machine import node
from banguard.machine.places import ROOT
from tests.outside.conftest import require

SCRIPTS = ROOT / "static" / "js"


@pytest.fixture(scope="module")
def node_program() -> str:
    found = node.program()
    require(found, "Node 20")
    return str(found)


def types(node_program: str, config: Path) -> subprocess.CompletedProcess[str]:
    compiler = ROOT / "node_modules/typescript/bin/tsc"
    return subprocess.run(
        [node_program, compiler, "-p", config], check=False, capture_output=True, text=True, timeout=120
    )


def composed(folder: Path, order: list[str]) -> Path:
    """A copy of the page's composition in another order, beside a configuration that checks it."""
    text = (SCRIPTS / "app.js").read_text(encoding="utf-8").replace('"./', f'"{SCRIPTS}/')
    head, _, _ = text.partition("export const")
    (folder / "app.js").write_text(f"{head}compose(){''.join(f'.with({part})' for part in order)};\n")
    given = json.loads((ROOT / "jsconfig.json").read_text(encoding="utf-8"))
    (folder / "jsconfig.json").write_text(json.dumps(given | {"include": ["app.js"]}))
    return folder / "jsconfig.json"


def test_the_tests_of_the_scripts_pass(node_program: str) -> None:
    files = sorted((ROOT / "tests/js").glob("*.test.js"))
    ran = subprocess.run([node_program, "--test", *files], check=False, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stdout


def test_the_right_order_of_a_page_has_the_right_types(node_program: str, tmp_path: Path) -> None:
    told = types(node_program, composed(tmp_path, ["theme", "locale", "client", "notifications", "panels"]))
    assert told.returncode == 0, told.stdout


@pytest.mark.parametrize(
    ("order", "told"),
    [
        (["locale", "theme"], '"theme" must come before "locale": it writes over what is painted'),
        (["theme", "client", "locale"], '"locale" must come before "client": what it says of a failure'),
        (["theme", "locale", "notifications"], '"client" must come before "notifications": it tells what'),
        (["theme", "locale", "client", "panels"], '"notifications" must come before "panels": a panel tells'),
    ],
)
def test_a_wrong_order_is_a_type_error_that_says_why(
    node_program: str, tmp_path: Path, order: list[str], told: str
) -> None:
    compiled = types(node_program, composed(tmp_path, order))
    assert compiled.returncode != 0
    assert told in compiled.stdout.replace("\\", "")


@pytest.mark.parametrize("path", sorted(SCRIPTS.rglob("*.js")), ids=lambda path: path.name)
def test_a_script_is_short_and_chains_no_promises(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith("// ")
    assert text.count("\n") < 300
    assert ".then(" not in text
