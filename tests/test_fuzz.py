"""Asks every operation what its own description allows, and what it does not.

A short run stands in the suite; ``BANGUARD_TEST_FUZZ_CASES=10000`` spreads that many over all operations.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from typing import Any
from urllib.parse import quote, urlencode

import jsonschema_rs
import pytest
import schemathesis
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from banguard.accounts import services
from banguard.accounts.values import Scope
from banguard.api import api

DOCUMENT: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema(path_prefix="/api/v1/")))
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
OPERATIONS = {found.ok().label: found.ok() for found in SCHEMA.get_all_operations()}
CASES = int(os.environ.get("BANGUARD_TEST_FUZZ_CASES", "200"))
EACH = max(5, CASES // len(OPERATIONS))
PROBLEM = {"$ref": "#/components/schemas/Problem", "components": DOCUMENT["components"]}
fuzzed = settings(
    max_examples=EACH,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)
seen: Counter[int] = Counter()


@pytest.fixture
def callers(db: None, agent: object, settings: Any) -> list[dict[str, str]]:
    """The headers of a token of each scope, of one with all, and of nobody."""
    settings.API_REQUESTS_PER_MINUTE = 10**9
    scopes = [*({scope} for scope in Scope), {"*"}, {"*"}]
    tokens = [services.create_token(name="fuzz", scopes=some, days=None, created_by=None)[1] for some in scopes]
    return [{}, *({"authorization": f"Bearer {token}"} for token in tokens)]


def sent(case: Any, headers: dict[str, str]) -> Any:
    path = case.path
    for name, value in (case.path_parameters or {}).items():
        path = path.replace(f"{{{name}}}", quote(str(value), safe="", errors="surrogatepass"))
    query = urlencode(
        {name: value for name, value in (case.query or {}).items() if value is not None}, True, errors="surrogatepass"
    )
    raw = case.body if isinstance(case.body, bytes | schemathesis.core.NotSet) else json.dumps(case.body, default=str)
    body = b"" if isinstance(raw, schemathesis.core.NotSet) else raw
    client = Client(raise_request_exception=False)
    return client.generic(case.method, f"{path}?{query}", body, content_type="application/json", headers=headers)


def check(operation: dict[str, Any], answer: Any) -> None:
    """No failure of ours, a status that is written down, and a body that fits it."""
    seen[answer.status_code] += 1
    assert answer.status_code < 500, answer.content
    told = operation["responses"]
    if answer.status_code >= 400:
        assert str(answer.status_code) in told or answer.status_code in {404, 405}, answer.content
        jsonschema_rs.validator_for(PROBLEM).validate(json.loads(answer.content))
        assert json.loads(answer.content)["status"] == answer.status_code
        return
    content = told[str(answer.status_code)].get("content")
    if content:
        schema = {**content["application/json"]["schema"], "components": DOCUMENT["components"]}
        jsonschema_rs.validator_for(schema).validate(json.loads(answer.content))


@pytest.mark.parametrize("label", sorted(OPERATIONS))
def test_whatever_is_asked_the_answer_is_the_one_described(label: str, callers: list[dict[str, str]]) -> None:
    operation = OPERATIONS[label]
    cases = [operation.as_strategy(generation_mode=mode) for mode in GenerationMode if mode.name != "ALL"]

    @fuzzed
    @given(st.one_of(cases), st.sampled_from(callers))
    def ask(case: Any, headers: dict[str, str]) -> None:
        check(DOCUMENT["paths"][operation.path][operation.method], sent(case, headers))

    ask()
