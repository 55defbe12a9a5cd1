"""Bringing older history: every ban once, whatever the file holds and however often it comes."""

from __future__ import annotations

import gzip
import json
import random
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from banguard.accounts.models import AuditRecord
from banguard.agent.rows import message
from banguard.core.errors import InvalidInput
from banguard.fail2ban.database import BanDatabase
from banguard.history import archive, services, upload
from banguard.history.models import Ban, BanMatches, Coverage, Retained, Tally
from banguard.history.search import Search
from banguard.history.selectors import export
from banguard.servers import services as servers
from banguard.servers.models import Server
from tests.conftest import Api

pytestmark = pytest.mark.django_db
AT = 1_700_000_000
TABLE = """CREATE TABLE bans (jail TEXT NOT NULL, ip TEXT, timeofban INTEGER NOT NULL, bantime INTEGER NOT NULL,
    bancount INTEGER NOT NULL default 1, data JSON)"""
DATA = json.dumps({"failures": 3, "matches": ["Failed password for root", ["Nov 1 ", "10:00", " Failed \udc80"]]})
Make = Callable[..., Path]


@pytest.fixture
def sqlite_file(tmp_path: Path) -> Make:
    def make(rows: list[tuple[Any, ...]], table: str = TABLE) -> Path:
        path = tmp_path / f"{random.random()}.sqlite3"  # noqa: S311
        with closing(sqlite3.connect(path)) as database:
            database.executescript(table)
            if rows:
                database.executemany("INSERT INTO bans VALUES (?, ?, ?, ?, ?, ?)", rows)
            database.commit()
        return path

    return make


def row(number: int, **other: Any) -> tuple[Any, ...]:
    told = {"jail": "sshd", "ip": f"203.0.113.{number}", "at": AT + number, "time": 600, "count": 1, "data": DATA}
    return tuple((told | other).values())


def test_a_database_of_fail2bans_comes_whole_and_only_once(sqlite_file: Make) -> None:
    path = sqlite_file([row(number) for number in range(20)] + [row(1, ip="not an address"), row(1, jail="nginx")])
    first = services.bring(path=path, name="old")
    assert (first.read, first.stored, first.known, first.unreadable) == (22, 21, 0, 1)
    again = services.bring(path=path, name="old")
    assert (again.stored, again.known) == (0, 21)
    ban = Ban.objects.get(address="203.0.113.7")
    assert (ban.failures, ban.lift_reason, ban.matched.lines[0]) == (3, "expired", "Failed password for root")
    assert sum(Tally.objects.filter(grain="m", dimensions=0).values_list("count", flat=True)) == 21
    assert AuditRecord.objects.filter(action="history.import").exists()


def test_a_copy_is_read_as_the_agent_reads_the_running_servers(sqlite_file: Make) -> None:
    odd = [
        row(1, data=data) for data in (b"[", "[]", '{"matches": 3}', '{"matches": [3, "x", null], "failures": true}')
    ]
    odd += [row(2, jail=b"\xff"), row(3, time=None), row(4, count="many"), row(5, ip="a user"), row(6, at=2.5)]
    loose = "CREATE TABLE jails (name); CREATE TABLE bans (jail, ip, timeofban, bantime, bancount, data)"
    path = sqlite_file(odd, loose)
    found = BanDatabase(path).bans_since(0, 2**40, 100).rows
    assert list(archive.rows(path)) == list(map(message, found))
    assert len(found) == len(odd)


def test_what_the_log_told_to_the_millisecond_is_not_told_twice(sqlite_file: Make) -> None:
    at = datetime.fromtimestamp(AT, UTC)
    told = {"server": servers.local(), "jail": "sshd", "origin": "jail"}
    Ban.objects.create(**told, address="203.0.113.0", banned_at=at + timedelta(milliseconds=1_234))
    Ban.objects.create(
        **told, address="203.0.113.1", banned_at=at + timedelta(minutes=7), failed_at=at + timedelta(seconds=1)
    )
    Ban.objects.create(**told, address="203.0.113.2", banned_at=at + timedelta(hours=1))
    done = services.bring(path=sqlite_file([row(0), row(1), row(2)]), name="old")
    assert (done.stored, done.known) == (1, 2)


def test_an_export_comes_back_as_it_was(tmp_path: Path, sqlite_file: Make) -> None:
    services.bring(path=sqlite_file([row(number) for number in range(20)]), name="old")
    BanMatches.objects.filter(ban__address="203.0.113.3").delete()
    path, before = tmp_path / "bans.jsonl", export_text()
    path.write_text(before, encoding="utf-8")
    assert services.bring(path=path, name="same").known == 20
    BanMatches.objects.all().delete()
    Ban.objects.all().delete()
    assert services.bring(path=path, name="back").stored == 20
    assert BanMatches.objects.count() == 19
    assert without_ids(export_text()) == without_ids(before)


def test_lines_are_exported_by_one_query_for_each_batch(
    sqlite_file: Make, django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.bring(path=sqlite_file([row(number) for number in range(20)]), name="old")
    monkeypatch.setattr(export, "BATCH", 7)
    with django_assert_num_queries(6):
        lines = [json.loads(line)["matches"] for line in export.json_lines(search=Search())]
    assert lines == [["Failed password for root", "Nov 1 10:00 Failed ?"]] * 20


def export_text() -> str:
    return "".join(export.json_lines(search=Search()))


def without_ids(text: str) -> list[dict[str, Any]]:
    return [{**json.loads(line), "id": 0} for line in text.splitlines()]


@pytest.mark.parametrize(
    "line",
    [
        "[]",
        "null",
        "{",
        '{"jail": "sshd"}',
        '{"jail": "", "address": "203.0.113.1", "banned_at": "2026-01-01T00:00:00Z"}',
        '{"jail": "sshd", "address": "x", "banned_at": "2026-01-01T00:00:00Z"}',
        '{"jail": "sshd", "address": "203.0.113.1", "banned_at": "2026-01-01T00:00:00"}',
        '{"jail": "sshd", "address": "203.0.113.1", "banned_at": "0001-01-01T00:00:00Z"}',
        '{"jail": "sshd", "address": "203.0.113.1", "banned_at": "9998-01-01T00:00:00Z"}',
        '{"jail": "sshd", "address": "203.0.113.1", "banned_at": 5}',
        '{"jail": ["sshd"], "address": "203.0.113.1", "banned_at": "2026-01-01T00:00:00Z"}',
        '{"jail": "sshd", "address": "203.0.113.1", "banned_at": "2026-01-01T00:00:00Z", "origin": "moon"}',
        '{"jail": "sshd", "address": "203.0.113.1", "banned_at": "2026-01-01T00:00:00Z", "ban_count": 1e9}',
        "[" * 100_000,
        "\x00\xff",
    ],
)
def test_a_line_that_tells_no_ban_is_counted_and_passed_over(tmp_path: Path, line: str) -> None:
    path = tmp_path / "bans.jsonl"
    good = (
        '{"jail": "a\\u0000", "address": "203.0.113.9", "banned_at": "2026-01-01T00:00:00Z", "ban_count": 99999999999}'
    )
    path.write_text(f"{line}\n\n{good}\n", encoding="latin-1")
    done = services.bring(path=path, name="odd")
    assert (done.read, done.stored, done.unreadable) == (2, 1, 1)


@pytest.mark.parametrize(
    "values",
    [
        {"jail": None, "ip": None, "at": None, "time": None, "count": None, "data": None},
        {"at": -1, "time": -5, "count": -7, "data": b"\xff"},
        {"at": 2**62, "time": 2**62, "count": 2**62, "data": "{}"},
        {"at": "soon", "time": "long", "count": "often", "data": '{"matches": {"a": 1}, "failures": "x"}'},
        {"jail": "x" * 5_000, "data": json.dumps({"matches": ["x" * 50_000] * 50, "failures": 2**70})},
        {"jail": "a\x00b", "data": json.dumps({"matches": [1, None, ["a", 2, "\x00"]]})},
        {"data": "[" * 100_000},
    ],
)
def test_whatever_stands_in_a_row_is_no_reason_to_stop(sqlite_file: Make, values: dict[str, Any]) -> None:
    loose = "CREATE TABLE bans (jail, ip, timeofban, bantime, bancount, data)"
    done = services.bring(path=sqlite_file([row(1, **values), row(2)], loose), name="odd")
    assert done.read == 2
    assert Ban.objects.filter(address="203.0.113.2").exists()


@pytest.mark.parametrize(
    "table",
    [
        "CREATE TABLE other (x)",
        "CREATE VIEW bans AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x FROM n) SELECT x AS jail FROM n",
        "CREATE TABLE bans (x)",
        "CREATE VIRTUAL TABLE bans USING fts5(jail, ip)",
    ],
)
def test_a_database_of_something_else_is_refused(sqlite_file: Make, table: str) -> None:
    with pytest.raises(InvalidInput):
        services.bring(path=sqlite_file([], table), name="odd")


def test_a_broken_database_is_refused_and_never_crashes(sqlite_file: Make) -> None:
    whole = sqlite_file([row(number % 250) for number in range(500)]).read_bytes()
    chance = random.Random(4)  # noqa: S311
    for number in range(60):
        broken = bytearray(whole[: chance.randrange(16, len(whole))] if number % 3 == 0 else whole)
        for _ in range(chance.randrange(1, 40)):
            broken[chance.randrange(16, len(broken))] = chance.randrange(256)
        path = sqlite_file([])
        path.write_bytes(broken)
        with suppress(InvalidInput):
            services.bring(path=path, name="broken")


def test_what_retention_has_let_go_does_not_come_back(sqlite_file: Make) -> None:
    Retained.objects.create(since=datetime.fromtimestamp(AT + 10, UTC))
    done = services.bring(path=sqlite_file([row(number) for number in range(20)]), name="old")
    assert (done.stored, done.too_old) == (10, 10)


def test_the_api_takes_a_file_as_it_is(api_with: Callable[..., Api], sqlite_file: Make) -> None:
    api, body = api_with("import"), sqlite_file([row(number) for number in range(20)]).read_bytes()
    assert sent(api, body).json() == {"read": 20, "stored": 20, "known": 0, "unreadable": 0, "too_old": 0}
    assert sent(api, b'{"jail": "x"}\n').json()["unreadable"] == 1
    assert sent(api, b"").json()["error_code"] == "invalid_input"
    assert sent(api, body, content_type="multipart/form-data; boundary=x").json()["error_code"] == "bad_request"
    assert sent(api_with("read"), body).status_code == 403


def sent(api: Api, body: bytes, content_type: str = "application/octet-stream") -> Any:
    return api.client.post("/api/v1/bans/import", body, content_type=content_type, headers=api.headers)


def test_a_file_that_is_too_large_is_refused(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "MOST", 10)
    assert sent(api, b"x" * 11).status_code == 422


def test_a_file_larger_than_django_keeps_in_memory_comes_whole(api: Api) -> None:
    line = b'{"jail": "sshd", "address": "203.0.113.9", "banned_at": "2026-01-01T00:00:00Z", "matches": ["%s"]}\n'
    assert sent(api, b"".join(line % (b"x" * 900 * number) for number in range(90))).json()["read"] == 90


@pytest.mark.parametrize(
    "body",
    [
        Path(sys.executable).read_bytes()[:500_000],
        gzip.compress(b'{"jail": "x"}'),
        b"\n",
        b"x",
        b"[]\n" * 9,
        b"\xff" * 2**20,
    ],
    ids=["program", "gzip", "empty", "short", "json", "bytes"],
)
def test_a_file_that_is_something_else_is_refused(api: Api, tmp_path: Path, body: bytes) -> None:
    refused = sent(api, body)
    assert (refused.status_code, refused.json()["error_code"]) == (422, "invalid_input")
    (path := tmp_path / "file").write_bytes(body)
    with pytest.raises(CommandError, match="neither Fail2ban's database"):
        call_command("import_history", str(path))


def unended(number: int, **more: object) -> dict[str, object]:
    return {"jail": "sshd", "address": f"203.0.113.{number}", "banned_at": f"2026-01-0{number}T00:00:00Z"} | more


def test_a_ban_without_an_end_that_the_followed_server_does_not_hold_is_not_active(tmp_path: Path) -> None:
    until = datetime(2026, 1, 3, 12, tzinfo=UTC)
    Coverage.objects.create(server=servers.local(), source="file", began_at=until - timedelta(hours=1), until=until)
    ends = [{}, {"expires_at": "2126-01-01T00:00:00Z"}, {"expires_at": "2026-01-05T00:00:00Z"}, {}]
    path = tmp_path / "bans.jsonl"
    path.write_text("\n".join(json.dumps(unended(n, **end)) for n, end in enumerate(ends, 1)), encoding="utf-8")
    services.bring(path=path, name="old")
    bans = Ban.objects.order_by("banned_at")
    assert [ban.lift_reason for ban in bans] == ["unknown", "unknown", "expired", ""]  # the last is for the collector
    assert bans[0].lifted_at == bans[0].banned_at
    assert not Ban.objects.filter(lifted_at=None).exclude(address="203.0.113.4").exists()


def test_a_ban_goes_to_the_server_that_its_line_names(tmp_path: Path) -> None:
    Server.objects.create(name="other")
    path = tmp_path / "bans.jsonl"
    names = ["local", "other", "of somebody else"]
    path.write_text("\n".join(json.dumps(unended(n, server=one)) for n, one in enumerate(names, 1)), encoding="utf-8")
    assert services.bring(path=path, name="old").stored == 3
    assert list(Ban.objects.order_by("banned_at").values_list("server__name", flat=True)) == ["local", "other", "local"]


def test_the_command_says_how_it_went(sqlite_file: Make) -> None:
    said = StringIO()
    call_command("import_history", str(sqlite_file([row(1), row(2)])), stdout=said)
    assert "2 bans read, 2 new, 0 there already" in said.getvalue()
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_history", "/no/such/file")
