"""What ``/api/v1/openapi.json`` promises, for every operation there is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from enum import Enum
from typing import Any, get_args

import jsonschema_rs
import pytest
from django.test import Client
from ninja import Query, Schema

from banguard.accounts.auth import require
from banguard.accounts.values import Scope
from banguard.api import api
from banguard.core.routing import Router
from banguard.core.schemas import Listing, PageQuery
from tests.conftest import Api

DOCUMENT: dict[str, Any] = api.get_openapi_schema(path_prefix="/api/v1/")
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
PAGED = {name: found for name, found in OPERATIONS.items() if "Listing" in str(found["responses"].get(200, ""))}
each_operation = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    reference = schema.get("$ref")
    return DOCUMENT["components"]["schemas"][reference.rpartition("/")[2]] if reference else schema


@each_operation
def test_an_operation_says_what_it_does_and_what_it_asks_for(operation: dict[str, Any]) -> None:
    assert operation["description"].splitlines()[0]
    assert operation["tags"]
    if operation["operationId"] == "send_telemetry":  # asks for nothing: our own pages tell how they did
        assert operation["security"] == []
        return
    assert operation["security"] == [{door: operation["security"][0][door]} for door in ("BearerToken",)] + [
        {"BrowserSession": operation["security"][0]["BearerToken"]}
    ]
    assert operation["security"][0]["BearerToken"][0] in set(Scope)


@each_operation
def test_every_parameter_is_described(operation: dict[str, Any]) -> None:
    assert [parameter["name"] for parameter in operation["parameters"] if not parameter["description"]] == []


@each_operation
def test_every_operation_tells_its_errors(operation: dict[str, Any]) -> None:
    told = {int(status) for status, answer in operation["responses"].items() if "$ref" in answer}
    assert told >= {400, 401, 403, 422, 429, 500, 503}


@each_operation
def test_every_answer_and_body_has_an_example_that_fits_its_schema(operation: dict[str, Any]) -> None:
    for part in [*operation["responses"].values(), operation.get("requestBody", {})]:
        for content in part.get("content", {}).values():
            schema = {**content["schema"], "components": DOCUMENT["components"]}
            jsonschema_rs.validator_for(schema).validate(content["example"])


@pytest.mark.parametrize("operation", PAGED.values(), ids=PAGED)
def test_a_list_has_the_contract_and_a_bounded_page(operation: dict[str, Any]) -> None:
    answer = resolved(operation["responses"][200]["content"]["application/json"]["schema"])
    given = {parameter["name"]: parameter["schema"] for parameter in operation["parameters"]}
    assert set(answer["properties"]) == {"data", "pagination"}
    assert (given["page_size"]["minimum"], given["page_size"]["maximum"], given["page_size"]["default"]) == (1, 500, 50)
    assert "cursor" in given


@each_operation
def test_no_answer_is_a_bare_list(operation: dict[str, Any]) -> None:
    for answer in operation["responses"].values():
        for content in answer.get("content", {}).values():
            assert resolved(content["schema"]).get("type") != "array"


def test_no_two_schemas_share_a_name() -> None:
    """One would be described as the other."""
    schemas = {one for one in _below(Schema) if one.__module__.startswith("banguard.")}
    fields = [field.annotation for schema in schemas for field in schema.model_fields.values()]
    names = Counter(one.__name__ for one in schemas | {enum for field in fields for enum in _enums(field)})
    assert [name for name in DOCUMENT["components"]["schemas"] if names[name] > 1] == []


def _below(kind: type[Schema]) -> Iterator[type[Schema]]:
    for one in kind.__subclasses__():
        yield one
        yield from _below(one)


def _enums(annotation: Any) -> Iterator[type]:
    """``Outcome`` of ``Outcome | None``."""
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        yield annotation
    for part in get_args(annotation):
        yield from _enums(part)


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(set(names)) == len(names)


class Row(Schema):
    id: int


def bare(request: object) -> None: ...


def paged(request: object, query: Query[PageQuery]) -> None: ...


@pytest.mark.parametrize(
    ("view", "options", "told"),
    [
        (bare, {"response": Row}, "declares no scope"),
        (bare, {"response": list[Row], "auth": require(Scope.READ)}, "bare list"),
        (bare, {"response": {200: Listing[Row]}, "auth": require(Scope.READ)}, "without taking a page"),
    ],
)
def test_the_router_refuses_what_would_break_the_promise(view: Any, options: dict[str, Any], told: str) -> None:
    with pytest.raises(TypeError, match=told):
        Router().add_api_operation("/rows", ["GET"], view, **options)


def test_the_router_takes_a_list_in_pages() -> None:
    Router().add_api_operation("/rows", ["GET"], paged, response=Listing[Row], auth=require(Scope.READ))


def test_what_has_not_changed_is_not_sent_again(api: Api) -> None:
    first = api.get("/blocklists/sources")
    again = api.client.get(
        "/api/v1/blocklists/sources", headers={**api.headers, "if-none-match": first.headers["ETag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    api.post("/blocklists/sources", name="drop", url="https://lists.example.org/drop.txt")
    assert api.get("/blocklists/sources").headers["ETag"] != first.headers["ETag"]


def test_an_answer_is_kept_by_nobody_else(api: Api) -> None:
    headers = api.get("/jails").headers
    assert headers["Cache-Control"] == "private, no-cache"
    assert {"Authorization", "Cookie"} <= {name.strip() for name in headers["Vary"].split(",")}


@pytest.mark.parametrize("url", ["/api/v1/openapi.json", "/api/v1/docs"])
def test_the_description_is_for_readers(client: Client, api: Api, url: str) -> None:
    assert client.get(url).status_code == 401
    assert client.get(url, headers=api.headers).status_code == 200
