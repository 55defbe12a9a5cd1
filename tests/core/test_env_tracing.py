"""Where traces may go, as it is written in the environment."""

from __future__ import annotations

import pytest

from banguard.env import Environment, EnvironmentInvalid, read

GIVEN = {
    "BANGUARD_AGENT_SOCKET": "/run/x",
    "BANGUARD_SECRET_KEYS": "a key",
    "DATABASE_URL": "postgresql://localhost/x",
}


def tracing(**given: str) -> Environment:
    return read(Environment, GIVEN | {f"BANGUARD_TRACING_{name}": value for name, value in given.items()})


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        ("http://localhost:4318", "http://localhost:4318/v1/traces"),
        ("http://collector:4318/", "http://collector:4318/v1/traces"),
        ("https://otlp.example.org/v1/traces", "https://otlp.example.org/v1/traces"),
    ],
)
def test_these_are_taken(url: str, endpoint: str) -> None:
    found = tracing(URL=url, SHARE="0.5").tracing
    assert found is not None
    assert (found.endpoint, found.share) == (endpoint, 0.5)


@pytest.mark.parametrize(
    "url", ["ftp://x", "localhost:4318", "https://", "http://me:secret@x", "https://x y", "http:///x"]
)
def test_what_names_no_endpoint_is_refused_at_start(url: str) -> None:
    with pytest.raises(EnvironmentInvalid, match="BANGUARD_TRACING_URL"):
        tracing(URL=url)


@pytest.mark.parametrize("share", ["-0.1", "1.1", "nan", "all"])
def test_a_share_that_is_none_is_refused(share: str) -> None:
    with pytest.raises(EnvironmentInvalid, match="BANGUARD_TRACING_SHARE"):
        tracing(SHARE=share)


def test_keys_are_not_sent_where_others_listen() -> None:
    with pytest.raises(EnvironmentInvalid, match="https only"):
        tracing(URL="http://collector:4318", HEADERS="api-key=abc")


def test_keys_are_never_in_a_line() -> None:
    assert "abc" in tracing(URL="https://x", HEADERS="api-key=abc").secrets


@pytest.mark.parametrize("url", [{}, {"URL": ""}])
def test_without_an_endpoint_there_is_none(url: dict[str, str]) -> None:
    assert tracing(**url).tracing is None
