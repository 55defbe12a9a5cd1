"""The whole database into one file, back again, and over to another server: by PostgreSQL's own programs.

A file is what ``pg_dump --format=custom`` writes, so PostgreSQL's own tools read it too. It is of one moment,
whatever is written meanwhile. Loading is one transaction: it takes the place of everything, or of nothing.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from banguard.core import postgres
from banguard.core.errors import InvalidInput, Unavailable

OLDEST = 150_000  # PostgreSQL 15
CHUNK = 1 << 20
_TRIES = 3
Progress = Callable[[int], None]  # is told how many bytes have gone over so far

_HANG_UP = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename = current_user
"""
_EMPTY = "DROP SCHEMA public CASCADE; CREATE SCHEMA public;"
# Tokens of locks only grow: the agent has seen newer ones than the backup knows, and refuses older ones. The clock's
# milliseconds are more than were ever drawn.
_JUMP = """
SELECT setval('public.core_fencing_token', greatest(last_value, (extract(epoch FROM clock_timestamp()) * 1000)::bigint))
FROM public.core_fencing_token
"""
_TABLES = """
SELECT format('%I', relname) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE nspname = 'public' AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY 1
"""


@dataclass(frozen=True)
class Moved:
    """What came over: how many tables, and rows in all of them."""

    tables: int
    rows: int


def save(*, url: str, target: Path) -> int:
    """Write the database ``url`` into the new file ``target``, readable for its owner alone; returns its bytes.

    The file is there when it is whole. Raises ``InvalidInput`` where there is one already, ``Unavailable`` when
    PostgreSQL or the disk refuses.
    """
    if target.exists():
        raise InvalidInput(f"{target} is there already: nothing is overwritten.")
    new = target.with_name(f".{target.name}.new")
    try:
        os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        _dump(url, new)
        new.rename(target)
    except OSError as error:
        raise Unavailable(f"{target} cannot be written: {error.strerror}") from error
    finally:
        new.unlink(missing_ok=True)
    return target.stat().st_size


def migrations_in(source: Path) -> set[tuple[str, str]]:
    """The migrations that a backup stands at, as (app, name). Raises ``InvalidInput`` if it is none of BanGuard's."""
    if not source.is_file():
        raise InvalidInput(f"{source} is not there.")
    done = subprocess.run(  # noqa: S603
        [postgres.program("pg_restore"), "--data-only", "--table=django_migrations", "--file=-", str(source)],
        check=False,
        capture_output=True,
        text=True,
        errors="replace",
    )
    rows = [line.split("\t") for line in done.stdout.splitlines() if line.count("\t") == 3]
    if done.returncode or not rows:
        raise InvalidInput(f"{source} is not a backup of BanGuard. {done.stderr.strip()}".strip())
    return {(app, name) for _id, app, name, _applied in rows}


def load(*, url: str, source: Path, progress: Progress) -> None:
    """Put the backup ``source`` in the place of everything that the database ``url`` holds, in one transaction.

    Whoever is connected is hung up on, and finds the restored database when connecting again.
    """
    command = [postgres.program("pg_restore"), "--no-owner", "--no-privileges", "--file=-", str(source)]
    for left in reversed(range(_TRIES)):
        try:
            with _piped(command, os.environ) as producer:
                return _pour(producer, url, progress, before=[_HANG_UP, _EMPTY], after=[_JUMP])
        except Unavailable as error:
            # Whoever came back at once may hold a table that is to go; that shows before anything is loaded.
            if "deadlock detected" not in error.message or not left:
                raise
    return None


def copy(*, url: str, target: str, progress: Progress) -> Moved:
    """Copy the database ``url`` into the empty database ``target``, and leave the old one read-only.

    From the first moment the old one takes no writes, so that none is lost; whatever fails gives it back as it was.
    Raises ``InvalidInput`` when the target will not do, ``Unavailable`` when either server refuses.
    """
    _refuse_unfit(target)
    with _frozen(url):
        command = [postgres.program("pg_dump"), "--no-owner", "--no-privileges"]
        with _piped(command, postgres.environment(url)) as producer:
            _pour(producer, target, progress, before=[], after=[])
        before, after = _counted(url), _counted(target)
        if before != after:
            raise Unavailable("The copy does not hold what the old database holds; the old one is in use again.")
    return Moved(tables=len(after), rows=sum(after.values()))


def is_empty(*, url: str) -> bool:
    """Whether the database holds no tables."""
    with _session(url) as session:
        return not session.execute(_TABLES).fetchall()


def _refuse_unfit(target: str) -> None:
    with _session(target) as session:
        if session.info.server_version < OLDEST:
            raise InvalidInput("The other server's PostgreSQL is older than 15.")
    if not is_empty(url=target):
        raise InvalidInput("The other database is not empty: name a new one.")


@contextmanager
def _frozen(url: str) -> Iterator[None]:
    """No session that begins from now on can write; when the block fails, they can again."""
    name = f"ALTER DATABASE {_own_name(url)} "
    with _session(url) as session:
        session.execute((name + "SET default_transaction_read_only = on").encode())
        session.execute(_HANG_UP)
    try:
        yield
    except BaseException:
        with _session(url) as session:
            session.execute("SET default_transaction_read_only = off")
            session.execute((name + "RESET default_transaction_read_only").encode())
        raise


def _own_name(url: str) -> str:
    with _session(url) as session:
        row = session.execute("SELECT format('%I', current_database())").fetchone()
    assert row is not None  # noqa: S101 - a SELECT without FROM has one row
    return str(row[0])


def _counted(url: str) -> dict[str, int]:
    with _session(url) as session:
        names = [str(name) for (name,) in session.execute(_TABLES).fetchall()]
        return {name: _count(session, name) for name in names}


def _count(session: psycopg.Connection[tuple[object, ...]], name: str) -> int:
    query = f"SELECT count(*) FROM {name}"  # noqa: S608 - a name that PostgreSQL itself has quoted
    row = session.execute(query.encode()).fetchone()
    return int(str(row[0])) if row else 0


@contextmanager
def _session(url: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=10) as session:
            yield session
    except psycopg.Error as error:
        raise Unavailable(f"PostgreSQL refuses: {str(error).strip()}") from error


def _dump(url: str, file: Path) -> None:
    """``file`` is there already, so that it keeps its mode. pg_dump waits for the disk by itself."""
    done = subprocess.run(  # noqa: S603
        [postgres.program("pg_dump"), "--format=custom", "--no-owner", "--no-privileges", f"--file={file}"],
        check=False,
        env=postgres.environment(url),
        stderr=subprocess.PIPE,
    )
    if done.returncode:
        raise Unavailable(f"pg_dump failed: {done.stderr.decode(errors='replace').strip()}")


@contextmanager
def _piped(command: list[str], environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(  # noqa: S603
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _pour(
    producer: subprocess.Popen[bytes], url: str, progress: Progress, *, before: list[str], after: list[str]
) -> None:
    """Run the SQL that ``producer`` prints, in one transaction, which is committed only if both end well."""
    steps = [
        part
        for step in (*[("-c", sql) for sql in before], ("-f", "-"), *[("-c", sql) for sql in after])
        for part in step
    ]
    command = [
        postgres.program("psql"),
        "--no-psqlrc",
        "--quiet",
        "--single-transaction",
        "-v",
        "ON_ERROR_STOP=1",
        *steps,
    ]
    with subprocess.Popen(  # noqa: S603
        command,
        env=postgres.environment(url),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as loader:
        try:
            _pass_on(producer, loader, progress)
        except BaseException:
            loader.kill()  # before its input ends: it would take that for the end of all, and commit half
            raise
        said = loader.stderr.read() if loader.stderr else b""
    if loader.returncode:
        raise Unavailable(f"It was not loaded, and nothing has changed: {said.decode(errors='replace').strip()}")


def _pass_on(producer: subprocess.Popen[bytes], loader: subprocess.Popen[bytes], progress: Progress) -> None:
    assert producer.stdout is not None  # noqa: S101
    assert loader.stdin is not None  # noqa: S101
    gone = 0
    try:
        while block := producer.stdout.read(CHUNK):
            loader.stdin.write(block)
            gone += len(block)
            progress(gone)
    except BrokenPipeError:  # it gave up, and says why
        with suppress(BrokenPipeError):
            loader.stdin.close()
        return
    if producer.wait():
        said = producer.stderr.read().decode(errors="replace").strip() if producer.stderr else ""
        raise Unavailable(f"It could not be read to its end, and nothing has changed: {said}")
    loader.stdin.close()
