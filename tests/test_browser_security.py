"""What a browser is told, whom it may speak for, and where a request comes from."""

from __future__ import annotations

import ipaddress
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client

from banguard import env
from banguard.accounts.models import Person
from banguard.core.proxies import caller_behind
from tests.conftest import PASSWORD, Api

GIVEN = {"DATABASE_URL": "postgresql:///x", "BANGUARD_SECRET_KEYS": "k", "BANGUARD_AGENT_SOCKET": "/run/x"}
OURS, STRANGE = "https://dashboard.example.org", "https://evil.example"
PROXIES = [ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("::1/128")]


@pytest.mark.parametrize(
    ("origins", "told"),
    [
        ("*", "BANGUARD_CORS_ALLOWED_ORIGINS: .*wildcard.*name each origin"),
        ("https://*.example.org", "wildcard"),
        ("https://a.example.org,*", "wildcard"),
        ("a.example.org", "is not an origin"),
        ("https://a.example.org/", "is not an origin"),
        ("null", "is not an origin"),
    ],
)
def test_an_origin_that_is_not_exact_is_refused_at_start(origins: str, told: str) -> None:
    with pytest.raises(env.EnvironmentInvalid, match=told):
        env.read(env.Environment, {**GIVEN, "BANGUARD_CORS_ALLOWED_ORIGINS": origins})


def test_exact_origins_are_taken() -> None:
    read = env.read(env.Environment, {**GIVEN, "BANGUARD_CORS_ALLOWED_ORIGINS": f"{OURS}, http://[::1]:3000"})
    assert read.cors_allowed_origins == (OURS, "http://[::1]:3000")


def test_nobody_is_allowed_unless_named() -> None:
    assert env.read(env.Environment, GIVEN).cors_allowed_origins == ()
    assert django_settings.CORS_ALLOWED_ORIGIN_REGEXES == []


def preflight(client: Client, url: str, origin: str) -> dict[str, str]:
    asked = {"origin": origin, "access-control-request-method": "POST"}
    return dict(client.options(url, headers=asked).headers)


@pytest.mark.django_db
def test_a_preflight_is_answered_to_named_origins_and_under_the_api_alone(client: Client, settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = [OURS]
    allowed = preflight(client, "/api/v1/bans", OURS)
    assert allowed["access-control-allow-origin"] == OURS
    assert "authorization" in allowed["access-control-allow-headers"]
    assert "access-control-allow-origin" not in preflight(client, "/api/v1/bans", STRANGE)
    for url in ("/", "/admin/", "/metrics", "/health/live", "/sign-in"):
        assert "access-control-allow-origin" not in preflight(client, url, OURS)


def test_a_named_origin_may_read_why_it_was_refused(client: Client, settings: Any, db: None) -> None:
    settings.CORS_ALLOWED_ORIGINS = [OURS]
    for url in ("/api/v1/bans", "/api/v1/nothing"):
        assert client.get(url, headers={"origin": OURS}).headers["access-control-allow-origin"] == OURS


@pytest.mark.parametrize("url", ["/sign-in", "/", "/admin/", "/nothing", "/api/v1/bans", "/api/v1/docs"])
def test_every_answer_tells_the_browser_to_be_careful(client: Client, administrator: Person, url: str) -> None:
    client.force_login(administrator)
    headers = client.get(url).headers
    policy = headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert (headers["X-Frame-Options"], headers["X-Content-Type-Options"]) == ("DENY", "nosniff")
    assert headers["Referrer-Policy"] == "same-origin"


def test_the_session_cookie_is_out_of_reach_of_scripts(client: Client, administrator: Person) -> None:
    client.post("/sign-in", {"username": "administrator", "password": PASSWORD})
    cookie = client.cookies["banguard_session"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


@pytest.mark.parametrize(
    ("sender", "forwarded", "caller"),
    [
        ("10.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("10.0.0.1", "198.51.100.1, 203.0.113.7, 10.0.0.2", "203.0.113.7"),
        ("10.0.0.1", "127.0.0.1, 203.0.113.7", "203.0.113.7"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.7, nonsense, 10.0.0.9", "10.0.0.9"),
        ("::1", "2001:db8::7", "2001:db8::7"),
    ],
)
def test_the_caller_is_the_nearest_address_that_is_no_proxy(sender: str, forwarded: str, caller: str) -> None:
    assert caller_behind(sender, forwarded, PROXIES) == caller


def banned_from(api: Api, sender: str, forwarded: str) -> int:
    """The status of trying to ban 203.0.113.7 from ``sender``: 422 when that is who is calling."""
    return api.client.post(
        "/api/v1/bans",
        {"addresses": ["203.0.113.7"], "jail": "sshd"},
        content_type="application/json",
        headers={**api.headers, "x-forwarded-for": forwarded},
        REMOTE_ADDR=sender,
    ).status_code


def test_a_header_is_believed_only_from_a_named_proxy(api: Api, agent: object, settings: Any) -> None:
    settings.TRUSTED_PROXIES = PROXIES
    assert banned_from(api, "10.0.0.1", "203.0.113.7") == 422
    assert banned_from(api, "192.0.2.1", "203.0.113.7") == 200
    assert banned_from(api, "203.0.113.7", "192.0.2.1") == 422


def test_tls_is_believed_only_from_a_named_proxy(client: Client, settings: Any, db: None) -> None:
    settings.TRUSTED_PROXIES = PROXIES
    settings.SECURE_SSL_REDIRECT = True
    over_tls = {"x-forwarded-proto": "https"}
    assert client.get("/sign-in", headers=over_tls, REMOTE_ADDR="10.0.0.1").status_code == 200
    assert client.get("/sign-in", headers=over_tls, REMOTE_ADDR="192.0.2.1").status_code == 301
