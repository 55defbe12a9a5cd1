"""From every version that people may run to this one: the data of then, seen through the doors of now."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from psycopg.conninfo import make_conninfo

from banguard.core import sessions
from banguard.envtypes import ROOT

VERSIONS = sorted(Path(__file__).with_name("versions").glob("*.json"))
# Asked of today's code in a process of its own, as a script would ask it.
QUESTIONS = """
import json
from django.test import Client
from banguard.accounts import services
token = services.create_token(name="test", scopes=["*"], days=None, created_by=None)[1]
client, headers = Client(SERVER_NAME="localhost"), {"Authorization": f"Bearer {token}"}
ask = lambda path: client.get(f"/api/v1{path}", headers=headers).json()
print(json.dumps({
    "bans": ask("/bans")["pagination"]["total"],
    "oldest": ask("/bans/1"),
    "of_address": len(ask("/bans?address=203.0.113.9")["data"]),
    "networks": [row["address"] for row in ask("/bans?origin=blocklist")["data"]],
    "source": ask("/blocklists/sources/3"),
    "runs": ask("/blocklists/sources/3/runs")["data"],
}))
"""


@pytest.fixture
def database(db: None) -> Iterator[str]:
    """The URL of an empty database."""
    name = f"{connection.settings_dict['NAME']}_upgrade"
    with psycopg.connect(sessions.direct_url(), autocommit=True) as session:
        session.execute(f"CREATE DATABASE {name}".encode())
        yield make_conninfo(sessions.direct_url(), dbname=name)
        session.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def run(database: str) -> Callable[..., str]:
    """Runs Python on that database; what it prints."""
    parts = psycopg.conninfo.conninfo_to_dict(database)
    url = f"postgresql:///{parts['dbname']}?" + "&".join(
        f"{name}={value}" for name, value in parts.items() if name in {"host", "port", "user", "password"}
    )
    environment = {**os.environ, "DATABASE_URL": url, "BANGUARD_SECRET_KEYS": settings.SECRET_KEY}

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
        return done.stdout

    return run


@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.stem)
def test_an_upgrade_keeps_everything(version: Path, database: str, run: Callable[..., str]) -> None:
    run("tests/upgrade/stand_at.py", str(version))
    with psycopg.connect(database) as session:
        session.execute(version.with_suffix(".sql").read_bytes())
    run("manage.py", "migrate", "--verbosity=0")
    run("manage.py", "createcachetable")
    found = json.loads(run("manage.py", "shell", "--verbosity=0", "-c", QUESTIONS).strip().splitlines()[-1])
    assert found["bans"] == 1000
    assert found["oldest"]["address"] == "203.0.113.9"
    assert found["oldest"]["matches"] == ["Failed login for root from 203.0.113.9", "again"]
    assert found["of_address"] == 2
    assert found["networks"] == ["198.51.100.0/24"]
    assert found["source"]["name"] == "A list"
    assert found["source"]["enabled"] is True
    assert [one["state"] for one in found["runs"]] == ["succeeded"]
