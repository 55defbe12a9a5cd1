"""``/metrics`` and ``/health/*``: what machines ask."""

from __future__ import annotations

import ipaddress
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from django.test import Client

from banguard.accounts.models import Person
from banguard.agent.memory import MemoryAgent
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


def test_the_process_lives(client: Client) -> None:
    assert client.get("/health/live").json() == {"status": "live"}
    assert client.post("/health/live").status_code == 405


def test_readiness_names_each_part_and_is_200_while_some_are_down(client: Client) -> None:
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    parts = answer.json()["parts"]
    assert set(parts) == {"database", "fail2ban", "worker", "collector", "locks"}
    assert {name for name, part in parts.items() if part["ok"]} == {"database", "locks"}
    assert "no-cache" in answer.headers["Cache-Control"]


def test_readiness_tells_a_silent_collector_from_a_running_one(client: Client, agent: MemoryAgent) -> None:
    servers.record_up(server=servers.local(), status=agent.status())
    parts = client.get("/health/ready").json()["parts"]
    assert (parts["fail2ban"]["ok"], parts["collector"]["ok"]) == (True, True)
    Status.objects.update(seen_at=Now() - timedelta(minutes=1))
    parts = client.get("/health/ready").json()["parts"]
    assert (parts["fail2ban"]["ok"], parts["collector"]["ok"]) == (False, False)
