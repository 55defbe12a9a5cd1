"""Platforms that take batches over HTTP: OTLP (any OpenTelemetry collector) and Elasticsearch's bulk API.

OTLP is spoken as JSON, which every receiver takes: the library for it keeps no more than 2048 lines, drops the
rest without a word, and brings protobuf along.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests

from banguard.core.shipping.backlog import Line
from banguard.core.shipping.destination import HOST, Outcome

TIMEOUT = (5.0, 15.0)  # seconds to connect, and to be answered
SEVERITY = ((logging.CRITICAL, 21), (logging.ERROR, 17), (logging.WARNING, 13), (logging.INFO, 9))
LATER = frozenset({408, 425, 429, 500, 502, 503, 504})


class _Http:
    """One session that stays open. Whatever ``requests`` raises is an ``OSError``."""

    settles_after = 0.0
    default_path = ""

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        scheme, _, rest = url.partition("+")[2].partition("://")
        parts = urlsplit(f"{scheme}://{rest}")
        self._url = urlunsplit(parts._replace(path=parts.path if parts.path.strip("/") else self.default_path))
        self._headers = dict(headers)
        self._session = requests.Session()

    def check(self) -> None: ...

    def close(self) -> None:
        self._session.close()

    def _post(self, url: str, body: bytes, kind: str) -> requests.Response | None:
        """The answer; None when the platform will never take this. Raises ``OSError`` when it may take it later."""
        headers = {"Content-Type": kind, **self._headers}
        answer = self._session.post(url, data=body, headers=headers, timeout=TIMEOUT, allow_redirects=False)
        if answer.status_code in LATER:
            raise ConnectionError(f"the platform answered {answer.status_code}")
        return answer if 200 <= answer.status_code < 300 else None


class Otlp(_Http):
    """``otlp+https://host/v1/logs``."""

    default_path = "/v1/logs"

    def send(self, lines: Sequence[Line]) -> Outcome:
        resource = {"attributes": _attributes({"service.name": "banguard", "host.name": HOST})}
        scope = {"scope": {"name": "banguard"}, "logRecords": [_record(line) for line in lines]}
        body = {"resourceLogs": [{"resource": resource, "scopeLogs": [scope]}]}
        answer = self._post(self._url, json.dumps(body).encode(), "application/json")
        if answer is None:
            return Outcome(refused=len(lines))
        return Outcome(refused=min(_rejected(_json(answer)), len(lines)))


def _rejected(found: dict[str, Any]) -> int:
    try:
        return max(0, int(found["partialSuccess"]["rejectedLogRecords"]))
    except (KeyError, TypeError, ValueError):
        return 0


def _record(line: Line) -> dict[str, Any]:
    fields = json.loads(line.text)
    nanoseconds = str(int(line.at * 1e9))
    return {
        "timeUnixNano": nanoseconds,
        "observedTimeUnixNano": nanoseconds,
        "severityNumber": next((number for level, number in SEVERITY if line.level >= level), 5),
        "severityText": logging.getLevelName(line.level),
        "body": {"stringValue": str(fields.pop("event", ""))},
        "attributes": _attributes(fields),
    }


def _attributes(fields: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"key": name, "value": _value(value)} for name, value in fields.items() if value is not None]


def _value(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    return {"stringValue": value if isinstance(value, str) else json.dumps(value)}


class Elasticsearch(_Http):
    """``elasticsearch+https://host:9200/index``: an index, or a data stream."""

    default_path = "/banguard"

    def send(self, lines: Sequence[Line]) -> Outcome:
        body = "".join(f'{{"create":{{}}}}\n{_document(line)}\n' for line in lines)
        answer = self._post(self._bulk, body.encode(), "application/x-ndjson")
        if answer is None:
            return Outcome(refused=len(lines))
        found = _json(answer)
        if not found.get("errors"):
            return Outcome()
        statuses = [_status(item) for item in found.get("items") or ()]
        again = [line for line, status in zip(lines, statuses, strict=False) if status in LATER]
        return Outcome(refused=sum(status >= 400 for status in statuses) - len(again), again=again)

    @property
    def _bulk(self) -> str:
        parts = urlsplit(self._url)
        return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/_bulk"))


def _status(item: Any) -> int:
    try:
        return int(item["create"]["status"])
    except (KeyError, TypeError, ValueError):
        return 200


def _document(line: Line) -> str:
    fields = json.loads(line.text)
    return json.dumps({"@timestamp": fields.pop("timestamp", None), **fields})


def _json(answer: requests.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
