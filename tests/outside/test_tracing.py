"""Traces as a collector gets them: a BanGuard as it is served, and a receiver that reads what it is sent."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.outside.conftest import Running, ready
from tests.waiting import wait_until

KEY = "what the receiver asks for"


@dataclass
class Receiver:
    """An OTLP endpoint that keeps what it gets. Spans that came without the key are not there."""

    server: ThreadingHTTPServer
    spans: list[Span] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def named(self, name: str) -> list[Span]:
        return [span for span in list(self.spans) if span.name == name]

    def in_trace(self, other: Span) -> list[str]:
        return [span.name for span in list(self.spans) if span.trace_id == other.trace_id]

    def children_of(self, parent: Span) -> list[Span]:
        return [span for span in list(self.spans) if span.parent_span_id == parent.span_id]


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path == "/v1/traces" and self.headers["X-Key"] == KEY:
                for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                    received.spans += [span for scope in resource.scope_spans for span in scope.spans]
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    received = Receiver(ThreadingHTTPServer(("127.0.0.1", 0), Door))
    threading.Thread(target=received.server.serve_forever, daemon=True).start()
    yield received
    received.server.shutdown()
    received.server.server_close()


def sending_to(url: str) -> AbstractContextManager[Running]:
    return ready(BANGUARD_TRACING_URL=url, BANGUARD_TRACING_HEADERS=f"X-Key={KEY}")


@pytest.fixture(scope="module")
def traced(receiver: Receiver) -> Iterator[Running]:
    with sending_to(receiver.url) as running:
        yield running


@pytest.fixture(scope="module")
def api(traced: Running) -> requests.Session:
    words = [sys.executable, "manage.py", "create_api_token", "traced", "--scopes", "*"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BANGUARD_", "DATABASE_"))}
    given = kept | {"BANGUARD_DATA_DIR": str(traced.data)}
    made = subprocess.run(words, env=given, capture_output=True, text=True, check=True)
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {made.stdout.split()[-1]}"
    return session


def test_a_request_is_a_span_that_holds_its_queries(traced: Running, api: requests.Session, receiver: Receiver) -> None:
    answer = api.get(f"{traced.url}/api/v1/bans?address=203.0.113.7", timeout=60)
    span = wait_until(lambda: receiver.named("GET api:list_bans"), 15, "no span")[0]
    told = {one.key: one.value.string_value or one.value.int_value for one in span.attributes}
    assert told["http.response.status_code"] == 200
    assert told["banguard.request_id"] == answer.headers["X-Request-ID"]
    assert {child.name for child in receiver.children_of(span)} >= {"SELECT"}
    assert f"trace_id={span.trace_id.hex()}" in "".join(traced.output)


def test_the_task_that_it_asks_for_is_in_its_trace(traced: Running, api: requests.Session, receiver: Receiver) -> None:
    source = {"name": "nobody's", "url": "http://127.0.0.1:9/list.txt", "enforcement": "none"}
    made = api.post(f"{traced.url}/api/v1/blocklists/sources", json=source, timeout=60).json()["id"]
    api.post(f"{traced.url}/api/v1/blocklists/sources/{made}/runs", timeout=60)
    task = wait_until(lambda: receiver.named("banguard.blocklists.tasks.run_import"), 30, "no span of the task")[0]
    wait_until(
        lambda: any(one.startswith("POST api:") for one in receiver.in_trace(task)), 15, "no span of the request"
    )
    assert "INSERT" in receiver.in_trace(task)


def test_a_call_of_the_agent_is_a_span_of_the_request(
    traced: Running, api: requests.Session, receiver: Receiver
) -> None:
    for jail in ("sshd", "nobody's"):
        api.post(f"{traced.url}/api/v1/bans", json={"addresses": ["203.0.113.7"], "jail": jail}, timeout=30)
    span = wait_until(lambda: receiver.named("agent ban"), 15, "no span of the call")[0]
    wait_until(lambda: "POST api:list_bans" in receiver.in_trace(span), 15, "no span of the request")


def test_no_span_holds_a_value_an_address_or_a_key(traced: Running, receiver: Receiver) -> None:
    link = str(traced.said(r"(http://\S+/setup/\S+/)"))
    requests.get(link, timeout=60)
    wait_until(lambda: receiver.named("GET setup"), 15, "no span")
    told = "".join(str(span) for span in receiver.spans)
    assert link.split("/")[-2] not in told
    assert "203.0.113.7" not in told
    assert "127.0.0.1" not in told


def test_it_answers_and_ends_in_time_while_the_endpoint_takes_everything_and_answers_nothing() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        sending_to(f"http://127.0.0.1:{silent.getsockname()[1]}") as one,
    ):
        for _ in range(50):
            assert requests.get(f"{one.url}/sign-in", timeout=60).status_code == 200
        begun = time.monotonic()
        assert one.stop() == 0
        assert time.monotonic() < begun + 25


@pytest.mark.parametrize("module", ["banguard.wsgi", "manage"])
def test_nothing_is_loaded_where_nobody_collects(module: str) -> None:
    program = f"import sys, {module}; sys.exit(any(name.startswith('opentelemetry') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
