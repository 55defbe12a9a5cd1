"""What pages are like when BanGuard is served below a path of somebody else's host."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import clear_script_prefix, set_script_prefix
from prometheus_client import REGISTRY

from banguard.accounts.adapters import DEVICE_COOKIE
from banguard.accounts.models import Person
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
MARKED = re.compile(r'<a [^>]*href="([^"]*)"[^>]*aria-current="page"')


@pytest.fixture(autouse=True)
def _below(settings: Any) -> Iterator[None]:
    settings.FORCE_SCRIPT_NAME = "/banguard"
    settings.SESSION_COOKIE_PATH = "/banguard/"
    set_script_prefix("/banguard/")  # as a server does before each request; the test's client does not
    yield
    clear_script_prefix()


@pytest.mark.parametrize("path", ["/", "/history/"])
def test_the_menu_marks_one_page(client: Client, viewer: Person, path: str) -> None:
    client.force_login(viewer)
    assert set(MARKED.findall(client.get(path).content.decode())) == {f"/banguard{path}"}


def test_a_call_is_counted_by_its_route(client: Client) -> None:
    labels = {"route": "api:list_bans", "outcome": "failed"}
    before = REGISTRY.get_sample_value("banguard_web_api_calls_total", labels) or 0.0
    call = {"path": "/banguard/api/v1/bans", "status": 503, "milliseconds": 20}
    told = json.dumps({"page": "history", "calls": [call]})
    assert client.post("/api/v1/telemetry", told, content_type="application/json").status_code == 204
    assert REGISTRY.get_sample_value("banguard_web_api_calls_total", labels) == before + 1


def test_a_neighbour_does_not_get_the_cookie_of_a_known_browser(client: Client, viewer: Person) -> None:
    client.post("/sign-in", {"username": "viewer", "password": PASSWORD})
    assert client.cookies[DEVICE_COOKIE]["path"] == "/banguard/"
