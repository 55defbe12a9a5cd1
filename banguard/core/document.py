"""The OpenAPI document: what the operations say of themselves, completed with what holds for all of them.

Every operation gets its errors, each answer an example, each list and statistic its 304; none can forget.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from banguard.core.schemas import Problem

Json = dict[str, Any]

PROBLEM = {"$ref": "#/components/schemas/Problem"}
ALWAYS = (400, 401, 403, 422, 429, 500, 503)
CHANGING = (404, 409, 502)
TOLD = {
    400: ("bad_request", "The request cannot be read, or its cursor is not ours."),
    401: ("unauthenticated", "No token and no session, or none that is valid."),
    403: ("forbidden", "The caller lacks the scope."),
    404: ("not_found", "There is no such thing."),
    409: ("conflict", "It clashes with what is there, or is being done already."),
    422: ("invalid_input", "Some fields cannot be used; `details.fields` names them."),
    429: ("rate_limited", "Too many requests; `Retry-After` says how many seconds to wait."),
    500: ("internal_error", "A failure that nobody foresaw; the log has it under `details.reference`."),
    502: ("fail2ban_refused", "Fail2ban refused."),
    503: ("unavailable", "Something this needs does not answer."),
}
UNCHANGED = {"description": "Nothing has changed since the answer whose `ETag` was sent as `If-None-Match`."}
NULL = {"type": "null"}
KINDS: dict[str, type] = {"string": str, "integer": int, "number": float, "boolean": bool, "object": dict}
BY_TYPE: dict[str, object] = {"string": "text", "integer": 1, "number": 1.0, "boolean": True, "null": None}
BY_FORMAT = {"date-time": "2026-11-23T12:00:00Z", "date": "2026-11-23"}


class Api(NinjaAPI):
    """An API whose document is complete. ``examples`` and ``parameters``: words by name, for fields and parameters."""

    def __init__(self, *, examples: Mapping[str, object], parameters: Mapping[str, str], **options: Any) -> None:
        super().__init__(**options)
        self._examples, self._parameters = examples, parameters

    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__

    def get_openapi_schema(self, *, path_prefix: str | None = None, path_params: Json | None = None) -> OpenAPISchema:
        document = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        components = document["components"]
        components["schemas"]["Problem"] = Problem.model_json_schema()
        components["responses"] = {str(status): _problem(status) for status in TOLD}
        scopes = self._scopes()
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                self._complete(path, method, operation, components["schemas"])
                _name_scope(operation, scopes[operation["operationId"]])
        return document

    def _complete(self, path: str, method: str, operation: Json, schemas: Json) -> None:
        exemplify = Examples(schemas, self._examples)
        for answer in [*operation["responses"].values(), operation.get("requestBody", {})]:
            for content in answer.get("content", {}).values():
                content.setdefault("example", exemplify.of(content["schema"]))
        for parameter in operation["parameters"]:
            parameter.setdefault("description", self._parameters.get(parameter["name"], ""))
        errors = [*ALWAYS, *CHANGING] if method != "get" else [*ALWAYS, 404] if "{" in path else ALWAYS
        if method == "get":
            operation["responses"][304] = UNCHANGED
        for status in errors:
            operation["responses"].setdefault(status, {"$ref": f"#/components/responses/{status}"})

    def _scopes(self) -> dict[str, str]:
        """Operation id -> the scope it asks for."""
        return {
            self.get_openapi_operation_id(operation): str(getattr(operation.auth_callbacks[0], "scope", ""))
            for router in self._get_bound_routers()
            for view in router.path_operations.values()
            for operation in view.operations
        }


def _name_scope(operation: Json, scope: str) -> None:
    operation["security"] = [{key: [scope] for key in door} for door in operation.get("security", [])]
    operation["description"] = f"{operation.get('description', '')}\n\nScope: `{scope}`.".strip()


def _problem(status: int) -> Json:
    code, description = TOLD[status]
    example = {"error_code": code, "message": HTTPStatus(status).description or description, "status": status}
    content = {"application/json": {"schema": PROBLEM, "example": {**example, "details": {}}}}
    return {"description": description, "content": content}


class Examples:
    """Makes an example for a schema: from the words by field name where there are some, else by type."""

    def __init__(self, schemas: Json, words: Mapping[str, object]) -> None:
        self.schemas, self.words = schemas, words

    def of(self, schema: Json, name: str = "") -> object:
        schema = self._followed(schema)
        if "examples" in schema:
            return schema["examples"][0]
        kind = schema.get("type")
        if kind == "object" and "properties" in schema:
            return {field: self.of(inner, field) for field, inner in schema["properties"].items()}
        if kind == "array":
            return [self.of(schema.get("items", {}), name)]
        return self._single(schema, name)

    def _followed(self, schema: Json) -> Json:
        """Through references, and to the first choice that is not null."""
        if "$ref" in schema:
            return self._followed(self.schemas[schema["$ref"].rpartition("/")[2]])
        choices = [choice for name in ("anyOf", "allOf") for choice in schema.get(name, ()) if choice != NULL]
        return self._followed(choices[0]) if choices else schema

    def _single(self, schema: Json, name: str) -> object:
        if "enum" in schema:
            return schema["enum"][0]
        word = self.words.get(name)
        if word is not None and isinstance(word, KINDS.get(schema.get("type", ""), object)):
            return word
        if schema.get("type") == "object":
            return {}
        return schema.get("const", BY_FORMAT.get(schema.get("format", ""), BY_TYPE.get(schema.get("type", "null"))))
