"""Docs/API.md and the errors that the code can answer are the same."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from banguard.api import api
from banguard.core.errors import BY_CODE
from banguard.core.http import status_of
from banguard.history.models import Ban
from banguard.history.schemas import BroughtOut
from banguard.servers import services as servers
from tests.conftest import Api

ROOT = Path(__file__).parent.parent
API = (ROOT / "Docs" / "API.md").read_text()
ERROR_ROW = re.compile(r"^\| `(\w+)` \| (\d{3}) \|", re.MULTILINE)
NAMES = {kind.__name__: code for code, kind in BY_CODE.items()}


ERROR, LISTING = (json.loads(text) for text in re.findall(r"^```json\n(.*?)^```", API, re.MULTILINE | re.DOTALL))


@pytest.mark.django_db
def test_the_sample_of_an_error_is_what_is_answered(api: Api) -> None:
    assert api.get("/bans", page_size=501).json() == ERROR


@pytest.mark.django_db
def test_the_sample_of_a_list_has_the_keys_that_are_answered(api: Api) -> None:
    given: dict[str, Any] = {"server": servers.local(), "jail": "sshd", "origin": "jail"}
    for last in (1, 2):
        Ban.objects.create(address=f"203.0.113.{last}", banned_at=timezone.now(), **given)
    told = api.get("/bans", page_size=1).json()
    assert list(told) == list(LISTING)
    shape = [(name, type(value)) for name, value in told["pagination"].items()]
    assert shape == [(name, type(value)) for name, value in LISTING["pagination"].items()]


def test_the_sample_of_an_import_has_the_keys_that_are_answered() -> None:
    sample = re.search(r'^\{"read".*\}$', API, re.MULTILINE)
    assert sample
    assert list(json.loads(sample.group())) == list(BroughtOut.model_fields)


def made_somewhere() -> set[str]:
    """The codes of all errors that the code makes: calls of their classes, by name."""
    trees = (ast.parse(path.read_text()) for path in (ROOT / "banguard").rglob("*.py"))
    calls = (node.func for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call))
    names = {call.attr if isinstance(call, ast.Attribute) else getattr(call, "id", "") for call in calls}
    return {NAMES[name] for name in names & set(NAMES)}


def test_every_error_code_stands_in_the_table_with_its_status() -> None:
    written = {code: int(status) for code, status in ERROR_ROW.findall(API)}
    assert written == {code: status_of(kind("")) for code, kind in BY_CODE.items()}


def test_every_error_code_in_the_table_can_come() -> None:
    families = {code for code, kind in BY_CODE.items() if kind.__subclasses__()}
    assert set(BY_CODE) - families <= made_somewhere()


def test_every_operation_stands_in_the_table_and_no_other() -> None:
    paths = api.get_openapi_schema()["paths"]
    served = {f"{method.upper()} {path.removeprefix('/api/v1')}" for path in paths for method in paths[path]}
    assert set(re.findall(r"^\| `([A-Z]+ /\S+)` \|", API, re.MULTILINE)) == served
