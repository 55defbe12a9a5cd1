"""What BanGuard is built from: pinned, hashed, each with a reason; an audit that never takes silence for health."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from banguard.machine import audit
from banguard.machine.pin import pinned
from banguard.machine.places import ROOT

LISTS = [ROOT / name / "requirements.txt" for name in (".", "tests", "deploy/assets")]


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.parent.name)
def test_each_direct_dependency_has_a_pin_and_a_reason(path: Path) -> None:
    lines = path.with_suffix(".in").read_text(encoding="utf-8").splitlines()
    for line in lines:
        assert line.startswith("#") or re.fullmatch(r"\S+==\S+ +# \S.{10,}", line), line


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.parent.name)
def test_the_compiled_list_is_that_of_its_source(path: Path) -> None:
    compiled = pinned(path) | pinned(ROOT / "requirements.txt")
    wanted = pinned(path.with_suffix(".in"))
    assert wanted == {name: compiled.get(name) for name in wanted}, "run .venv/bin/python -m banguard.machine.pin"


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.parent.name)
def test_every_package_has_hashes_and_none_names_where_it_was_found(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for entry in re.split(r"\n(?=[a-z0-9])", text)[1:]:
        assert "--hash=sha256:" in entry, entry.splitlines()[0]
    assert "://" not in text
    assert str(ROOT) not in text


def report(**package: object) -> str:
    return "No known vulnerabilities found\n" + json.dumps({"dependencies": [{"name": "a", "version": "1", **package}]})


def test_a_known_vulnerability_fails_and_says_what_mends_it(capsys: pytest.CaptureFixture[str]) -> None:
    found = {"id": "PYSEC-1", "aliases": ["CVE-2026-1"], "fix_versions": ["1.1"]}
    assert audit.verdict(LISTS[0], report(vulns=[found])) == 1
    assert "a 1 has PYSEC-1 / CVE-2026-1, mended in 1.1" in capsys.readouterr().out


def test_packages_that_nobody_could_look_up_are_no_clean_bill(capsys: pytest.CaptureFixture[str]) -> None:
    assert audit.verdict(LISTS[0], report(skip_reason="not found")) == audit.SKIPPED
    assert "no advisories could be had for 1 of" in capsys.readouterr().out


@pytest.mark.parametrize("output", ["", "Traceback\nConnectionError: no route to host", "[1]", '{"dependencies": 3}'])
def test_an_audit_that_broke_is_no_clean_bill(output: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit.verdict(LISTS[0], output) == audit.SKIPPED
    assert "not audited" in capsys.readouterr().out


def test_nothing_known_is_well() -> None:
    assert audit.verdict(LISTS[0], report(vulns=[])) == 0
