"""What browsers tell of our pages: who may, how much, and that it becomes few series."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from prometheus_client import REGISTRY, generate_latest

from banguard.accounts.models import Person
from banguard.web import api as door

pytestmark = pytest.mark.django_db
URL = "/api/v1/telemetry"
WHOLE = {
    "page": "history",
    "vitals": [{"name": "LCP", "value": 1.2}, {"name": "CLS", "value": 0.03}],
    "errors": [{"file": "/static/js/app.js", "line": 7}],
    "calls": [
        {"path": "/api/v1/bans", "status": 503, "milliseconds": 20},
        {"path": "/x", "status": 200, "milliseconds": 2_000},
    ],
}


def told(client: Client, body: object = WHOLE, **headers: str) -> int:
    text = body if isinstance(body, str) else json.dumps(body)
    return client.post(URL, text, content_type="application/json", headers=headers).status_code


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_it_becomes_metrics(client: Client) -> None:
    names = (
        ("banguard_web_vital_seconds_count", {"page": "history", "vital": "LCP"}),
        ("banguard_web_layout_shift_count", {"page": "history"}),
        ("banguard_web_script_errors_total", {"page": "history"}),
        ("banguard_web_api_calls_total", {"route": "api:list_bans", "outcome": "failed"}),
        ("banguard_web_api_calls_total", {"route": "none", "outcome": "slow"}),
    )
    before = [value(name, **labels) for name, labels in names]
    assert told(client) == 204
    assert [value(name, **labels) for name, labels in names] == [count + 1 for count in before]


def test_names_that_are_not_ours_make_no_series(client: Client) -> None:
    assert told(client, {"page": "zz0", "errors": WHOLE["errors"]}) == 204
    before = generate_latest(REGISTRY).count(b"\n")
    for number in range(20):
        call = {"path": f"/zz{number}", "status": 500, "milliseconds": 1}
        assert told(client, {"page": f"zz{number}", "errors": WHOLE["errors"], "calls": [call]}) == 204
    text = generate_latest(REGISTRY)
    assert b"zz" not in text
    assert text.count(b"\n") <= before + 2  # the counter of such calls, and when it was made, unless they were there


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"origin": "null"},
        {"origin": "http://testserver.evil.example"},
    ],
)
def test_other_pages_are_refused(client: Client, headers: dict[str, str]) -> None:
    assert told(client, **headers) == 403


def test_our_own_pages_are_let_in(client: Client) -> None:
    assert told(client, origin="http://testserver", **{"sec-fetch-site": "same-origin"}) == 204


@pytest.mark.parametrize(
    "body",
    [
        *("", "[]", "nonsense", "{", '{"page": "x", "vitals": [{"name": "LCP", "value": NaN}]}'),
        *({}, {"page": "x" * 81}, {"page": 3}, {"page": "x", "vitals": [{"name": "<script>", "value": 1}]}),
        *({"page": "x", "vitals": [{"name": "LCP", "value": -1}]}, {"page": "x", "calls": [{"path": "/"}]}),
        {"page": "x", "errors": [{"file": "f", "line": 1}] * 21},
        {"page": "x", "calls": [{"path": "/", "status": 999, "milliseconds": 1}]},
    ],
)
def test_what_cannot_be_read_is_refused(client: Client, body: object) -> None:
    assert told(client, body) in {400, 422}


def test_a_long_message_is_refused_before_it_is_read(client: Client) -> None:
    assert told(client, " " * (door.LONGEST + 1)) == 400


def test_nobody_can_flood_it(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "A_MINUTE", 3)
    assert [told(client) for _ in range(5)] == [204, 204, 204, 429, 429]


def test_a_page_says_its_name_and_nothing_of_who_sees_it(client: Client, viewer: Person) -> None:
    client.force_login(viewer)
    html = client.get("/history/?address=203.0.113.7").content.decode()
    assert '<meta name="telemetry" content="history" data-share="1" data-url="/api/v1/telemetry" data-library=' in html


def test_it_can_be_turned_off(client: Client, settings: Any) -> None:
    settings.TELEMETRY_SHARE = 0
    assert "telemetry" not in client.get("/sign-in").content.decode()


def test_an_error_page_measures_nothing(client: Client) -> None:
    assert django_settings.TELEMETRY_SHARE == 1
    assert "telemetry" not in client.get("/nothing").content.decode()
