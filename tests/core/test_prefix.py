"""Below a path of somebody else's host: what is a path, and that it is taken off once."""

from __future__ import annotations

import re

import pytest
from django.conf import settings

from banguard import env
from banguard.core.prefix import UnderPrefix


def read(prefix: str) -> str:
    variables = {"DATABASE_URL": "postgresql:///x", "BANGUARD_SECRET_KEYS": "k", "BANGUARD_PATH_PREFIX": prefix}
    return env.read(env.Environment, variables).path_prefix


@pytest.mark.parametrize(
    ("given", "kept"), [("", ""), ("/", ""), ("/a", "/a"), ("/a/b-c/", "/a/b-c"), ("/~x.y", "/~x.y")]
)
def test_a_path(given: str, kept: str) -> None:
    assert read(given) == kept


@pytest.mark.parametrize(
    "given", ["a", "//a", "/a//b", "/..", "/a/../b", "/.", "/a b", "/a?b", "/a#b", "/ä", "/a\nb", "http://a"]
)
def test_no_path(given: str) -> None:
    with pytest.raises(env.EnvironmentInvalid, match=r"BANGUARD_PATH_PREFIX: .*write a path such as /banguard"):
        read(given)


@pytest.mark.parametrize(
    ("path", "seen"),
    [
        ("/banguard", "/"),
        ("/banguard/", "/"),
        ("/banguard/history/", "/history/"),
        ("/banguard/banguard/", "/banguard/"),
        ("/banguards/", "/banguards/"),
        ("/health/live", "/health/live"),
        ("", ""),
    ],
)
def test_the_prefix_is_taken_off_once(path: str, seen: str) -> None:
    environ = {"PATH_INFO": path}
    list(UnderPrefix(lambda _environ, _start: [], "/banguard")(environ, lambda *_: lambda _bytes: None))
    assert environ["PATH_INFO"] == seen


def test_without_a_prefix_health_is_exempt_from_redirects_and_nothing_else() -> None:
    exempt = settings.SECURE_REDIRECT_EXEMPT[0]
    assert re.search(exempt, "health/live")
    assert not re.search(exempt, "history/health/")
