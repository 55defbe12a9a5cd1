"""OTLP and Elasticsearch, as a receiver on this machine gets them; and what happens when it refuses or fails."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from banguard.core.shipping import backlog, shipper
from banguard.core.shipping.backlog import Backlog, Line
from banguard.core.shipping.destination import Outcome
from banguard.core.shipping.shipper import Shipper
from tests.waiting import wait_until


@dataclass
class Platform:
    """Answers with each of ``answers`` in turn, the last one for ever."""

    answers: list[tuple[int, Any]]
    asked: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def platform() -> Iterator[Platform]:
    made = Platform([(200, {})])

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            made.asked.append((self.path, dict(self.headers), body))
            status, answer = made.answers.pop(0) if len(made.answers) > 1 else made.answers[0]
            self.send_response(status)
            self.end_headers()
            self.wfile.write(answer.encode() if isinstance(answer, str) else json.dumps(answer).encode())

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made.url = f"127.0.0.1:{server.server_port}"
    yield made
    server.shutdown()
    server.server_close()


def ship(url: str, *events: str, headers: dict[str, str] | None = None) -> None:
    handler = Shipper(url, headers or {})
    handler.setFormatter(logging.Formatter('{"event": "%(message)s", "count": 3, "ok": true, "timestamp": "T"}'))
    for event in events:
        handler.handle(logging.makeLogRecord({"msg": event, "levelno": logging.ERROR, "levelname": "ERROR"}))
    handler.close()


def dropped() -> float:
    return backlog.DROPPED._value.get()


def test_otlp_is_spoken_as_json(platform: Platform) -> None:
    ship(f"otlp+http://{platform.url}", "one", "two", headers={"DD-API-KEY": "k"})
    path, headers, body = platform.asked[0]
    assert (path, headers["Content-Type"], headers["DD-API-KEY"]) == ("/v1/logs", "application/json", "k")
    records = json.loads(body)["resourceLogs"][0]["scopeLogs"][0]["logRecords"]
    assert [record["body"]["stringValue"] for record in records] == ["one", "two"]
    assert (records[0]["severityNumber"], records[0]["severityText"]) == (17, "ERROR")
    assert {"key": "count", "value": {"intValue": "3"}} in records[0]["attributes"]
    assert {"key": "ok", "value": {"boolValue": True}} in records[0]["attributes"]


def test_a_path_of_its_own_is_kept_and_a_password_goes_along(platform: Platform) -> None:
    ship(f"otlp+http://me:secret@{platform.url}/otlp/v1/logs", "one")
    path, headers, _ = platform.asked[0]
    assert (path, headers["Authorization"]) == ("/otlp/v1/logs", "Basic bWU6c2VjcmV0")


def test_elasticsearch_gets_documents_in_bulk(platform: Platform) -> None:
    ship(f"elasticsearch+http://{platform.url}/logs-banguard", "one", "two")
    path, headers, body = platform.asked[0]
    assert (path, headers["Content-Type"]) == ("/logs-banguard/_bulk", "application/x-ndjson")
    create, document, *_rest = body.splitlines()
    assert (json.loads(create), json.loads(document)["@timestamp"]) == ({"create": {}}, "T")
    assert body.count("\n") == 4


def test_what_elasticsearch_takes_later_is_sent_again_alone(platform: Platform) -> None:
    items = [{"create": {"status": status}} for status in (201, 429, 400)]
    platform.answers = [(200, {"errors": True, "items": items}), (200, {})]
    before = dropped()
    ship(f"elasticsearch+http://{platform.url}", "one", "two", "three")
    assert len(platform.asked) == 2
    assert '"two"' in platform.asked[1][2]
    assert '"one"' not in platform.asked[1][2]
    assert dropped() == before + 1


@pytest.mark.parametrize("status", [429, 503, 500])
def test_a_platform_that_is_busy_is_asked_again(platform: Platform, status: int) -> None:
    platform.answers = [(status, "busy"), (200, {})]
    before = dropped()
    ship(f"otlp+http://{platform.url}", "one")
    assert [body for *_, body in platform.asked] == [platform.asked[0][2]] * 2
    assert dropped() == before


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 301])
def test_what_a_platform_refuses_is_counted_as_dropped_and_not_sent_again(platform: Platform, status: int) -> None:
    platform.answers = [(status, "<html>no</html>")]
    before = dropped()
    ship(f"otlp+http://{platform.url}", "one", "two")
    assert len(platform.asked) == 1
    assert dropped() == before + 2


NONSENSE = ["", "[]", "<html>", "{", "null", '{"partialSuccess": 3}', '{"errors": 1, "items": [1, {"create": null}]}']


@pytest.mark.parametrize("nonsense", NONSENSE)
@pytest.mark.parametrize("kind", ["otlp", "elasticsearch"])
def test_an_answer_that_cannot_be_read_counts_as_taken(platform: Platform, kind: str, nonsense: str) -> None:
    platform.answers = [(200, nonsense)]
    before = dropped()
    ship(f"{kind}+http://{platform.url}", "one")
    assert (len(platform.asked), dropped()) == (1, before)


def test_beyond_the_bound_lines_are_dropped_and_counted_and_the_oldest_stay() -> None:
    before, waiting = dropped(), Backlog(most=3)
    for number in range(5):
        waiting.put(Line(0.0, 20, str(number)))
    assert [line.text for line in waiting.take(10, wait=0)] == ["0", "1", "2"]
    assert dropped() == before + 2


def test_an_outage_is_told_once_and_so_is_its_end(platform: Platform, caplog: pytest.LogCaptureFixture) -> None:
    platform.answers = [(503, ""), (503, ""), (503, ""), (200, {})]
    ship(f"otlp+http://{platform.url}", "one")
    told = [record.msg["event"] for record in caplog.records if isinstance(record.msg, dict)]
    assert told == ["log_shipping_failed", "log_shipping_recovered"]


def test_logging_does_not_wait_for_a_platform_that_takes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shipper, "FLUSH", 0.1)
    begun, over = threading.Event(), threading.Event()

    class Stuck:
        settles_after = 0.0

        def __init__(self, *_: object) -> None: ...
        def check(self) -> None: ...
        def close(self) -> None: ...

        def send(self, _lines: object) -> Outcome:
            begun.set()
            over.wait(30)
            return Outcome()

    monkeypatch.setitem(shipper.MAKERS, "stuck", Stuck)
    ship("stuck://x", *map(str, range(25_000)))  # more than wait: ends at once, however long the platform takes
    wait_until(begun.is_set, 5, "nothing was sent")
    over.set()
