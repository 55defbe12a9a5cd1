"""Backups, restores and moves, with PostgreSQL's own programs and databases that are made for it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from psycopg.conninfo import make_conninfo

from banguard.accounts import services as accounts
from banguard.accounts.values import Role
from banguard.core import backup, locks, sessions
from banguard.core.errors import InvalidInput, Unavailable

pytestmark = pytest.mark.django_db(transaction=True)
Ask = Callable[[str, str], Any]


def nothing(_count: int) -> None: ...


def ask(url: str, query: str) -> Any:
    with psycopg.connect(url, autocommit=True) as session:
        done = session.execute(query.encode())
        row = done.fetchone() if done.description else None
    return row[0] if row else None


@pytest.fixture
def empty(db: None) -> Iterator[Callable[[], str]]:
    """``empty()`` makes a database beside the tests' own, and returns its URL."""
    made: list[str] = []

    def make() -> str:
        made.append(f"{connection.settings_dict['NAME']}_{len(made)}")
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {made[-1]}")
        return make_conninfo(sessions.direct_url(), dbname=made[-1])

    yield make
    with connection.cursor() as cursor:
        for name in made:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A backup of a database with one person and one lock that was taken."""
    accounts.create_person(username="anna", password="a long enough secret", role=Role.VIEWER)
    with locks.hold(locks.IMPORT, 7):
        pass
    backup.save(url=sessions.direct_url(), target=tmp_path / "of-today.dump")
    return tmp_path / "of-today.dump"


def test_a_backup_is_restored_whole(saved: Path, empty: Callable[[], str]) -> None:
    url = empty()
    backup.load(url=url, source=saved, progress=nothing)
    assert ask(url, "SELECT username FROM accounts_person") == "anna"
    assert ask(url, "SELECT count(*) FROM django_migrations") == len(backup.migrations_in(saved))


def test_only_its_owner_may_read_a_backup(saved: Path) -> None:
    assert saved.stat().st_mode & 0o777 == 0o600
    assert list(saved.parent.iterdir()) == [saved]


def test_no_token_is_given_out_twice_after_a_restore(saved: Path, empty: Callable[[], str]) -> None:
    url = empty()
    newest = ask(sessions.direct_url(), "SELECT nextval('core_fencing_token')")
    backup.load(url=url, source=saved, progress=nothing)
    assert ask(url, "SELECT nextval('core_fencing_token')") > newest


def test_it_takes_the_place_of_all_that_was_there_and_hangs_up_on_who_is_connected(
    saved: Path, empty: Callable[[], str]
) -> None:
    url = empty()
    with psycopg.connect(url, autocommit=True) as other:
        other.execute("CREATE TABLE newer (id int)")
        backup.load(url=url, source=saved, progress=nothing)
        with pytest.raises(psycopg.OperationalError):
            other.execute("SELECT 1")
    assert ask(url, "SELECT to_regclass('newer')") is None


def test_a_backup_that_was_cut_off_changes_nothing(saved: Path, empty: Callable[[], str]) -> None:
    url, whole = empty(), saved.read_bytes()
    ask(url, "CREATE TABLE kept AS SELECT 1 AS id")
    saved.write_bytes(whole[: len(whole) - 2000])
    with pytest.raises((Unavailable, InvalidInput), match=r"nothing has changed|not a backup"):
        backup.load(url=url, source=saved, progress=nothing)
    assert ask(url, "SELECT id FROM kept") == 1


@pytest.mark.parametrize("content", [b"", b"PGDMP", b"SELECT 1;", bytes(range(256)) * 40])
def test_what_is_no_backup_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "other").write_bytes(content)
    with pytest.raises(InvalidInput, match="not a backup"):
        backup.migrations_in(tmp_path / "other")


def test_no_file_is_overwritten(saved: Path) -> None:
    before = saved.read_bytes()
    with pytest.raises(InvalidInput, match="there already"):
        backup.save(url=sessions.direct_url(), target=saved)
    assert saved.read_bytes() == before


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="nowhere"):
        backup.save(url=sessions.direct_url(), target=tmp_path / "nowhere" / "of-today.dump")


def test_a_password_never_stands_in_arguments(tmp_path: Path) -> None:
    url = "postgresql://anna:secret-word@127.0.0.1:1/banguard"
    with pytest.raises(Unavailable) as refused:
        backup.save(url=url, target=tmp_path / "of-today.dump")
    assert "secret-word" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_a_move_counts_every_table_and_leaves_the_old_one_read_only(saved: Path, empty: Callable[[], str]) -> None:
    old, new = empty(), empty()
    backup.load(url=old, source=saved, progress=nothing)
    moved = backup.copy(url=old, target=new, progress=nothing)
    assert moved.tables > 20
    assert ask(new, "SELECT username FROM accounts_person") == "anna"
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        ask(old, "CREATE TABLE more ()")
    ask(new, "CREATE TABLE more AS SELECT 1")


def test_a_move_that_fails_gives_the_old_database_back(saved: Path, empty: Callable[[], str]) -> None:
    old, new = empty(), empty()
    backup.load(url=old, source=saved, progress=nothing)
    ask(old, "ALTER TABLE core_lease ADD COLUMN broken int")
    ask(new, "CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'")
    ask(old, "CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 2'")
    with pytest.raises(Unavailable, match="nothing has changed"):
        backup.copy(url=old, target=new, progress=nothing)
    ask(old, "CREATE TABLE more AS SELECT 1")
    assert backup.is_empty(url=new)


@pytest.mark.parametrize("given", [[], ["-"]])
def test_the_new_database_need_not_be_named_in_an_argument(
    saved: Path, settings: Any, monkeypatch: pytest.MonkeyPatch, given: list[str]
) -> None:
    nobody = "postgresql://anna:secret-word@127.0.0.1:1/new"
    settings.NEW_DATABASE_URL = None if given else nobody
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{nobody}\n"))
    with pytest.raises(CommandError, match="port 1 failed") as refused:
        call_command("move_database", *given)
    assert "secret-word" not in str(refused.value)


@pytest.mark.parametrize("given", [[], ["-"]])
def test_a_move_to_nowhere_is_refused(monkeypatch: pytest.MonkeyPatch, given: list[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    with pytest.raises(CommandError, match="Name the new database"):
        call_command("move_database", *given)


def test_a_move_refuses_a_database_that_holds_something(saved: Path, empty: Callable[[], str]) -> None:
    new = empty()
    ask(new, "CREATE TABLE theirs AS SELECT 1")
    with pytest.raises(InvalidInput, match="not empty"):
        backup.copy(url=sessions.direct_url(), target=new, progress=nothing)


class TestCommands:
    def test_they_lead_from_one_database_to_another(
        self, tmp_path: Path, empty: Callable[[], str], settings: Any
    ) -> None:
        said, target = io.StringIO(), tmp_path / "of-today.dump"
        call_command("backup", str(target), stdout=said, stderr=said)
        settings.LOCK_DATABASE_URL = empty()
        call_command("restore", str(target), stdout=said, stderr=said)
        assert "Restored from" in said.getvalue()
        assert not backup.is_empty(url=settings.LOCK_DATABASE_URL)

    def test_restoring_over_something_takes_a_word_more(self, saved: Path) -> None:
        with pytest.raises(CommandError, match="--replace"):
            call_command("restore", str(saved))

    def test_a_backup_of_a_newer_banguard_is_refused(self, saved: Path, tmp_path: Path) -> None:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('core', '9999_later', now())")
        newer = tmp_path / "newer.dump"
        backup.save(url=sessions.direct_url(), target=newer)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM django_migrations WHERE name = '9999_later'")
        with pytest.raises(CommandError, match=r"core\.9999_later"):
            call_command("restore", str(newer), replace=True)
