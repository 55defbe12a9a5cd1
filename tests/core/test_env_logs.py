"""Where log lines may be shipped to, as it is written in the environment."""

from __future__ import annotations

import pytest

from banguard.env import AgentEnvironment, EnvironmentInvalid, read

GIVEN = {"BANGUARD_AGENT_SOCKET": "/run/x"}


def shipping(url: str, headers: str = "") -> AgentEnvironment:
    return read(AgentEnvironment, GIVEN | {"BANGUARD_LOG_SHIPPING_URL": url, "BANGUARD_LOG_SHIPPING_HEADERS": headers})


@pytest.mark.parametrize(
    "url",
    [
        "syslog+tcp://localhost:514",
        "syslog+tls://logs.example.org:6514?ca=/etc/ca.pem",
        "otlp+https://me:secret@otlp.example.org/otlp/v1/logs",
        "elasticsearch+https://[2001:db8::1]:9200/logs-banguard",
    ],
)
def test_these_are_taken(url: str) -> None:
    assert shipping(url).log_shipping_url == url


@pytest.mark.parametrize(
    "url",
    [
        *("syslog://x", "http://x", "syslog+udp://x", "syslog+tls://", "syslog+tls://:514", "otlp+ftp://x"),
        *("syslog+tcp://x:port", "syslog+tcp://x:99999", "syslog+tcp://x y", "syslog+tcp://x\n", "otlp+https://[::1"),
    ],
)
def test_what_names_no_platform_is_refused_at_start(url: str) -> None:
    with pytest.raises(EnvironmentInvalid, match="BANGUARD_LOG_SHIPPING_URL"):
        shipping(url)


def test_headers_come_as_name_and_value() -> None:
    headers = shipping("otlp+https://x", "DD-API-KEY=abc=, X-Other = two").log_shipping_headers
    assert headers == (("DD-API-KEY", "abc="), ("X-Other", "two"))


@pytest.mark.parametrize("headers", ["x", "=y", "x="])
def test_a_header_without_name_or_value_is_refused(headers: str) -> None:
    with pytest.raises(EnvironmentInvalid, match="NAME=VALUE"):
        shipping("otlp+https://x", headers)


@pytest.mark.parametrize("url", ["otlp+http://me:secret-word@logs.example.org", "elasticsearch+http://u:p@10.0.0.1"])
def test_a_password_is_not_sent_where_others_can_read_it(url: str) -> None:
    with pytest.raises(EnvironmentInvalid, match="https only") as refused:
        shipping(url)
    assert "secret-word" not in str(refused.value)


def test_on_this_machine_it_may_go_without_tls() -> None:
    assert shipping("otlp+http://me:secret@127.0.0.1:4318").secrets == ("secret",)


def test_an_empty_address_ships_nowhere() -> None:
    assert shipping("").log_shipping_url is None
