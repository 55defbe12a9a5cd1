from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from banguard import env

WHOLE = {
    "BANGUARD_OIDC_ISSUER": "https://id.example/realm/",
    "BANGUARD_OIDC_CLIENT_ID": "banguard",
    "BANGUARD_OIDC_CLIENT_SECRET": "quiet",
}
OTHERS = {"DATABASE_URL": "postgresql://x/y", "BANGUARD_SECRET_KEYS": "x"}


def read(**given: str) -> env.Environment:
    return env.read(env.Environment, {**OTHERS, **given})


def test_without_settings_there_is_no_provider() -> None:
    assert read(BANGUARD_OIDC_NAME="Our company").openid_provider is None


def test_three_settings_make_a_provider() -> None:
    made = env.OpenIDProvider("https://id.example/realm", "banguard", "quiet", "Single sign-on")
    assert read(**WHOLE).openid_provider == made


def test_the_secret_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from a file\n")
    given = {name: value for name, value in WHOLE.items() if "SECRET" not in name}
    provider = read(**given, BANGUARD_OIDC_CLIENT_SECRET_FILE=str(tmp_path / "secret")).openid_provider
    assert provider is not None
    assert provider.client_secret == "from a file"


@pytest.mark.parametrize("missing", sorted(WHOLE))
def test_what_is_missing_is_named_and_no_secret_is(missing: str) -> None:
    given = {name: value for name, value in WHOLE.items() if name != missing}
    with pytest.raises(env.EnvironmentInvalid, match=f"{missing}: not set") as told:
        read(**given)
    assert "quiet" not in str(told.value)


@pytest.mark.parametrize(
    "issuer",
    [
        "http://id.example",
        "id.example",
        "ftp://id.example",
        "https://user@id.example",
        "https://id.example/?x",
        "https://",
        "https://id.example:port",
        "https://id.example/\n",
        "http://127.0.0.1.example",
        "http://[::2]",
        "https://" + "x" * 200,
    ],
)
def test_an_issuer_that_anybody_could_overhear_is_refused(issuer: str) -> None:
    with pytest.raises(env.EnvironmentInvalid, match="BANGUARD_OIDC_ISSUER"):
        read(**{**WHOLE, "BANGUARD_OIDC_ISSUER": issuer})


@pytest.mark.parametrize("issuer", ["http://localhost:8080/realm", "http://127.0.0.1:1", "http://[::1]:1"])
def test_on_this_machine_http_will_do(issuer: str) -> None:
    assert read(**{**WHOLE, "BANGUARD_OIDC_ISSUER": issuer}).oidc_issuer == issuer


def started_with(**given: str) -> list[str]:
    """Its doors, in a process of its own with these settings."""
    code = (
        "import django; django.setup(); from django.urls import get_resolver;"
        "print(*(name for name in get_resolver().reverse_dict if isinstance(name, str)))"
    )
    environment = {**os.environ, **OTHERS, **given, "DJANGO_SETTINGS_MODULE": "banguard.settings"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, cwd=env.ROOT, capture_output=True, check=True)
    return [name for name in done.stdout.decode().split() if name.startswith("openid")]


def test_the_doors_are_there_only_with_a_provider() -> None:
    assert started_with() == []
    assert sorted(started_with(**WHOLE)) == ["openid-back", "openid-begin"]
