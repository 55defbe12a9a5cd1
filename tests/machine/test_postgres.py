"""A real embedded PostgreSQL in a folder of its own."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import psycopg
import pytest

from banguard import env
from banguard.machine import postgres
from banguard.machine.errors import CannotGoOn
from banguard.machine.postgres import Cluster
from banguard.machine.supervise import Supervisor


def setting(data: Path, name: str) -> str:
    with psycopg.connect(env.embedded_database_url(data)) as connection:
        row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
    assert row
    return str(row[0])


def test_it_is_made_with_its_database_checksums_and_no_port(data: Path, supervisor: Supervisor) -> None:
    postgres.start(Cluster(data), supervisor)
    names = ("data_checksums", "fsync", "listen_addresses", "server_encoding")
    assert [setting(data, name) for name in names] == ["on", "on", "", "UTF8"]
    assert (data / "postgres-socket").stat().st_mode & 0o777 == 0o700


def test_it_recovers_from_being_killed(data: Path) -> None:
    first = Supervisor(data / "run" / "groups")
    postgres.start(Cluster(data, durable=False), first)
    os.kill(int((data / "postgres" / "postmaster.pid").read_text(encoding="utf-8").split()[0]), signal.SIGKILL)
    assert first.run_until(lambda: not first_runs(first), 5)
    assert first.run_until(lambda: first_runs(first), 10)
    first.stop()


def test_what_was_committed_survives_a_kill(data: Path, supervisor: Supervisor) -> None:
    postgres.start(Cluster(data), supervisor)
    with psycopg.connect(env.embedded_database_url(data)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS id")
    os.kill(int((data / "postgres" / "postmaster.pid").read_text(encoding="utf-8").split()[0]), signal.SIGKILL)
    assert supervisor.run_until(lambda: counted(data) == 1000, 60)


def counted(data: Path) -> int:
    try:
        with psycopg.connect(env.embedded_database_url(data)) as connection:
            row = connection.execute("SELECT count(*) FROM kept").fetchone()
    except psycopg.OperationalError:
        return 0
    return int(row[0]) if row else 0


def test_a_folder_of_another_version_is_left_as_it_is(data: Path, supervisor: Supervisor) -> None:
    (data / "postgres").mkdir()
    (data / "postgres" / "PG_VERSION").write_text("12\n", encoding="ascii")
    with pytest.raises(CannotGoOn, match=r"PostgreSQL 12.*\n?.*backup"):
        postgres.start(Cluster(data), supervisor)
    assert [path.name for path in (data / "postgres").iterdir()] == ["PG_VERSION"]


def test_it_says_when_it_is_outgrown(
    data: Path, supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(postgres, "LARGE", 1)
    postgres.start(Cluster(data, durable=False), supervisor)
    assert "move_database" in capsys.readouterr().err


def first_runs(supervisor: Supervisor) -> bool:
    return all(child.running for child in supervisor._children)


def test_it_does_not_trust_a_pid_file_that_names_another_process(data: Path) -> None:
    for _start in range(2):
        supervisor = Supervisor(data / "run" / "groups")
        postgres.start(Cluster(data, durable=False), supervisor)
        assert setting(data, "fsync") == "off"
        supervisor.stop()
        (data / "postgres" / "postmaster.pid").write_text(f"{os.getppid()}\n", encoding="utf-8")


def test_it_says_which_variable_helps_when_the_path_is_too_long(data: Path, supervisor: Supervisor) -> None:
    with pytest.raises(CannotGoOn, match="BANGUARD_DATA_DIR"):
        postgres.start(Cluster(data / ("deep" * 30)), supervisor)
