"""``/metrics`` and ``/health/*``: what machines ask."""

from __future__ import annotations

import ipaddress
import re
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import Resolver404, resolve

from banguard.accounts.models import Person
from banguard.agent.memory import MemoryAgent
from banguard.blocklists.models import Run, Source
from banguard.blocklists.values import State
from banguard.config.models import Revision
from banguard.core.requests_seen import CountRequests
from banguard.servers import services as servers
from banguard.servers.models import Status
from tests.conftest import Api

pytestmark = pytest.mark.django_db


def scraped(client: Client, token: str) -> Any:
    return client.get("/metrics", headers={"authorization": f"Bearer {token}"})


def test_they_are_for_the_token_of_the_settings(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = "scrape me"
    assert client.get("/metrics").status_code == 401
    for wrong in ("", "scrape", "scrape me too", "sçrape", "x" * 9_000):
        assert scraped(client, wrong).status_code == 401
    assert scraped(client, "scrape me").status_code == 200


def test_without_a_token_in_the_settings_an_empty_one_opens_nothing(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = None
    for header in ("Bearer", "Bearer ", "Bearer None", "Basic Og=="):
        assert client.get("/metrics", headers={"authorization": header}).status_code == 401


def test_a_network_of_the_settings_needs_no_token(client: Client, settings: Any) -> None:
    settings.METRICS_ALLOWED_NETWORKS = (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("fd00::/8"))
    for sender, status in (("10.1.2.3", 200), ("fd00::1", 200), ("192.0.2.1", 401), ("", 401), ("127.0.0.1", 401)):
        assert client.get("/metrics", REMOTE_ADDR=sender).status_code == status, sender


def test_whoever_may_read_may_scrape(client: Client, api_with: Any, viewer: Person) -> None:
    assert client.get("/metrics", headers=api_with("read").headers).status_code == 200
    assert client.get("/metrics", headers=api_with("ban").headers).status_code == 403
    client.force_login(viewer)
    assert client.get("/metrics").status_code == 200


def sample(text: str, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    assert found, name
    return float(found[1])


def test_the_names_of_the_contract_are_there(api: Api, agent: MemoryAgent) -> None:
    agent.fail2ban.detect("sshd", "203.0.113.7")
    servers.record_up(server=servers.local(), status=agent.status())
    text = api.client.get("/metrics", headers=api.headers).content.decode()
    assert (sample(text, "f2b_up"), sample(text, "f2b_jail_count")) == (1, 2)
    assert sample(text, 'f2b_jail_banned_current{jail="sshd"}') == 1
    for name in ("banned_total", "failed_current", "failed_total"):
        sample(text, f'f2b_jail_{name}{{jail="nginx"}}')
    assert sample(text, "banguard_workers") == 0


def test_what_was_seen_long_ago_is_not_told_as_now(api: Api, agent: MemoryAgent) -> None:
    servers.record_up(server=servers.local(), status=agent.status())
    Status.objects.update(seen_at=Now() - timedelta(minutes=1))
    text = api.client.get("/metrics", headers=api.headers).content.decode()
    assert (sample(text, "f2b_up"), sample(text, "f2b_jail_count")) == (0, 0)
    assert "f2b_jail_banned_current{" not in text


def series(api: Api) -> set[str]:
    text = api.client.get("/metrics", headers=api.headers).content.decode()
    return {line.rpartition(" ")[0] for line in text.splitlines() if line and not line.startswith("#")}


def unheard_of(number: int) -> tuple[str, str]:
    """A method and a path that nobody asked for before."""
    path = ("/nothing/{}", "/history/{}/", "/api/v1/bans/{}", "/api/v1/nothing/{}", "/jails/j{}/", "/static/{}.css")
    return (f"M{number}" if number % 50 == 0 else "GET"), path[number % 6].format(number)


def counted(number: int) -> None:
    """Through the part that counts alone, with the route that Django finds: five thousand take a second so."""
    method, path = unheard_of(number)
    request = RequestFactory().generic(method, path)

    def answer(request: HttpRequest) -> HttpResponse:
        with suppress(Resolver404):
            request.resolver_match = resolve(request.path)
        return HttpResponse(status=(200, 302, 404, 500)[number % 4])

    CountRequests(answer)(request)


def test_five_thousand_different_requests_make_no_more_series(api: Api) -> None:
    for number in range(300):
        counted(number)
        method, path = unheard_of(number)
        api.client.generic(method, f"{path}?q={number}", REMOTE_ADDR=f"198.51.100.{number % 250}")
    before = series(api)
    for number in range(300, 5_300):
        counted(number)
    for number in range(5_300, 5_400):
        method, path = unheard_of(number)
        api.client.generic(method, f"{path}?q={number}", headers={"user-agent": f"agent {number}"})
    assert series(api) == before


def test_a_request_is_counted_by_its_route_and_class_of_status(api: Api, client: Client) -> None:
    client.get("/history/1/")
    api.get("/bans")
    api.get("/bans/17")
    text = api.client.get("/metrics", headers=api.headers).content.decode()
    for method, route, status in (
        ("GET", "ban", "3xx"),
        ("GET", "api:list_bans", "2xx"),
        ("GET", "api:get_ban", "4xx"),
    ):
        assert sample(text, f'banguard_http_requests_total{{method="{method}",route="{route}",status="{status}"}}')
    assert sample(text, "banguard_http_requests_in_flight") == 1


def test_changes_of_files_are_counted_by_what_came_of_them(api: Api) -> None:
    for state in ("applied", "applied", "rolled_back"):
        Revision.objects.create(server=servers.local(), path="jail.local", state=state)
    text = api.client.get("/metrics", headers=api.headers).content.decode()
    told = {
        state: sample(text, f'banguard_revisions{{state="{state}"}}') for state in ("applied", "rolled_back", "broken")
    }
    assert told == {"applied": 2, "rolled_back": 1, "broken": 0}


def test_sources_tell_of_their_last_import(api: Api) -> None:
    source = Source.objects.create(name="feed", url="https://example.com/", schedule="0 * * * *")
    times = {"started_at": Now() - timedelta(minutes=3), "finished_at": Now() - timedelta(minutes=2)}
    Run.objects.create(source=source, state=State.SUCCEEDED, entries_merged=70, added=9, entries_rejected=4, **times)
    Run.objects.create(source=source, state=State.FAILED, started_at=Now(), finished_at=Now())
    Run.objects.create(source=source, state=State.RUNNING, started_at=Now())
    text = api.client.get("/metrics", headers=api.headers).content.decode()
    told = {name: sample(text, f'banguard_source_{name}{{source="feed"}}') for name in ("entries", "import_failed")}
    assert told == {"entries": 70, "import_failed": 1}
    assert 119 < sample(text, 'banguard_source_age_seconds{source="feed"}') < 600
    assert sample(text, 'banguard_source_planned_seconds{source="feed"}') == 3_600


def test_the_process_lives(client: Client) -> None:
    assert client.get("/health/live").json() == {"status": "live"}
    assert client.post("/health/live").status_code == 405


def test_readiness_names_each_part_and_is_200_while_some_are_down(client: Client) -> None:
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    parts = answer.json()["parts"]
    assert set(parts) == {"database", "migrations", "fail2ban", "worker", "collector", "locks"}
    assert {name for name, part in parts.items() if part["ok"]} == {"database", "migrations", "locks"}
    assert all("age" in part for part in parts.values())
    assert "no-cache" in answer.headers["Cache-Control"]


def test_a_process_whose_tables_are_not_there_yet_is_useless(client: Client) -> None:
    MigrationRecorder.Migration.objects.filter(app="core").latest("id").delete()
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (503, "unavailable")
    assert answer.json()["parts"]["migrations"]["pending"][0].startswith("core.")


def test_readiness_is_cheap(client: Client) -> None:
    client.get("/health/ready")
    with CaptureQueriesContext(connection) as asked:
        client.get("/health/ready")
    assert len(asked) <= 10


def test_readiness_tells_a_silent_collector_from_a_running_one(client: Client, agent: MemoryAgent) -> None:
    servers.record_up(server=servers.local(), status=agent.status())
    parts = client.get("/health/ready").json()["parts"]
    assert (parts["fail2ban"]["ok"], parts["collector"]["ok"]) == (True, True)
    Status.objects.update(seen_at=Now() - timedelta(minutes=1))
    parts = client.get("/health/ready").json()["parts"]
    assert (parts["fail2ban"]["ok"], parts["collector"]["ok"]) == (False, False)
