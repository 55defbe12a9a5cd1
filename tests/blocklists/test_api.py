"""``/api/v1/blocklists``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django_q.models import OrmQ

from banguard.agent.memory import MemoryAgent
from banguard.blocklists.models import Entry, Run, Source
from banguard.blocklists.values import State
from tests.blocklists.conftest import Feed
from tests.conftest import Api

pytestmark = pytest.mark.django_db

GOOD = {"name": "DROP", "url": "https://example.com/drop.txt"}
SOURCES = "/blocklists/sources"


def test_a_source_is_made_read_listed_changed_and_forgotten(api: Api) -> None:
    made = api.post(SOURCES, **GOOD, enforcement="none", schedule="17 4 * * *", note="daily")
    assert made.status_code == 201
    source = made.json()
    given = {"name": "DROP", "url": "https://example.com/drop.txt", "schedule": "17 4 * * *", "note": "daily"}
    rest = {"format": "auto", "enabled": True, "enforcement": "none", "entries": 0, "secret_headers": []}
    assert source.items() >= (given | {"kind": "url", "zone": "UTC"}).items()
    assert {name: source[name] for name in rest} == rest
    one = f"{SOURCES}/{source['id']}"
    assert api.get(one).json() == source
    assert api.get(SOURCES).json()["data"] == [source]
    changed = api.patch(one, note="weekly", enabled=None)
    assert (changed.status_code, changed.json()) == (200, {**source, "note": "weekly"})
    gone = api.delete(one)
    assert (gone.status_code, gone.content) == (204, b"")
    assert (api.get(one).status_code, Source.objects.count()) == (404, 0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": None},
        {"name": "x" * 101},
        {"name": "a\x00b"},
        {"name": 7},
        {"url": ""},
        {"url": "ftp://example.com/list"},
        {"url": "file:///etc/passwd"},
        {"url": "javascript:alert(1)"},
        {"url": "example.com/list"},
        {"url": "https://"},
        {"url": "https://example.com/a\x00b"},
        {"url": "https://example.com/" + "x" * 2_000},
        {"format": "doc"},
        {"enforcement": "firewall"},
        {"enabled": "perhaps"},
        {"schedule": "daily"},
        {"schedule": "* * * * * *"},
        {"schedule": "0 0 31 2 *"},
        {"schedule": "61 * * * *"},
        {"schedule": "H * * * *"},
        {"schedule": "@daily"},
        {"note": "x" * 2_001},
        {"enforcment": "none"},
    ],
)
def test_a_source_that_cannot_work_is_refused_by_field(api: Api, wrong: dict[str, object]) -> None:
    for answer in (api.post(SOURCES, **(GOOD | wrong)), _change(api, wrong)):
        if answer is None:
            continue
        assert (answer.status_code, answer.json()["error_code"]) == (422, "invalid_input"), answer.content
        assert [name for name in answer.json()["details"]["fields"] if name.endswith(next(iter(wrong)))]
    assert not Source.objects.filter(name="DROP").exists()


def _change(api: Api, wrong: dict[str, object]) -> object:
    if None in wrong.values():
        return None  # null leaves a value as it is
    source, _made = Source.objects.get_or_create(name="other", url="https://example.com/")
    return api.patch(f"{SOURCES}/{source.pk}", **wrong)


def test_a_name_in_use_is_a_conflict(api: Api) -> None:
    api.post(SOURCES, **GOOD)
    taken = api.post(SOURCES, **GOOD)
    assert (taken.status_code, taken.json()["error_code"]) == (409, "conflict")
    other = api.post(SOURCES, **(GOOD | {"name": "other"})).json()
    assert api.patch(f"{SOURCES}/{other['id']}", name="DROP").status_code == 409


@pytest.mark.parametrize("path", ["", "/runs"])
@pytest.mark.parametrize("source_id", ["0", "999999", "9" * 30])
def test_an_unknown_source_is_404(api: Api, source_id: str, path: str) -> None:
    answer = api.get(f"{SOURCES}/{source_id}{path}")
    assert (answer.status_code, answer.json()["error_code"]) == (404, "not_found")


def test_changes_of_an_unknown_source_are_404(api: Api) -> None:
    one = f"{SOURCES}/999999"
    for answer in (api.patch(one, note="x"), api.delete(one), api.post(f"{one}/runs")):
        assert (answer.status_code, answer.json()["error_code"]) == (404, "not_found")
    for run_id in ("999999", "9" * 30):
        assert api.get(f"/blocklists/runs/{run_id}").status_code == 404


def test_a_run_is_queued_busy_carried_out_and_listed(
    api: Api, agent: MemoryAgent, feed: Feed, source: Source, work: Callable[[], int]
) -> None:
    feed.serve("203.0.113.7", "nonsense")
    asked = api.post(f"{SOURCES}/{source.pk}/runs")
    assert asked.status_code == 202
    run = asked.json()
    assert (run["state"], run["source_id"], run["stage"], run["started_at"]) == ("queued", source.pk, None, None)
    assert run["asked_by"] == "token test"
    busy = api.post(f"{SOURCES}/{source.pk}/runs")
    assert (busy.status_code, busy.json()["error_code"]) == (409, "lock_busy")
    work()
    done = api.get(f"/blocklists/runs/{run['id']}").json()
    assert (done["state"], done["added"], done["removed"], done["enforced"], done["error"]) == (
        "succeeded",
        1,
        0,
        1,
        None,
    )
    assert api.get("/blocklists/runs").json()["data"] == [done]
    assert api.get(f"{SOURCES}/{source.pk}/runs").json()["data"] == [done]
    assert api.get(SOURCES).json()["data"][0]["entries"] == 1


def test_the_runs_of_one_source_are_its_own(api: Api, source: Source) -> None:
    other = Source.objects.create(name="other", url="https://example.com/")
    mine, theirs = (Run.objects.create(source=one, state=State.FAILED) for one in (source, other))
    assert [run["id"] for run in api.get(f"{SOURCES}/{source.pk}/runs").json()["data"]] == [mine.pk]
    assert [run["id"] for run in api.get("/blocklists/runs").json()["data"]] == [theirs.pk, mine.pk]


@pytest.fixture
def entries(source: Source) -> None:
    other = Source.objects.create(name="other", url="https://example.com/")
    for network in ("203.0.113.0/24", "203.0.113.7/32", "2001:db8::/32"):
        Entry.objects.create(source=source, network=network)
    Entry.objects.create(source=other, network="203.0.113.0/25")


@pytest.mark.usefixtures("entries")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"ip": "203.0.113.7"}, ["203.0.113.0/24", "203.0.113.7", "203.0.113.0/25"]),
        ({"ip": "203.0.113.200"}, ["203.0.113.0/24"]),
        ({"ip": "203.0.113.0/25"}, ["203.0.113.0/24", "203.0.113.0/25"]),
        ({"ip": "2001:db8:5::1"}, ["2001:db8::/32"]),
        ({"ip": "198.51.100.1"}, []),
        ({"source_id": "999999"}, []),
    ],
)
def test_the_entries_tell_which_list_blocks_an_address(api: Api, query: dict[str, str], found: list[str]) -> None:
    answer = api.get("/blocklists/entries", **query).json()
    assert [entry["network"] for entry in answer["data"]] == found


@pytest.mark.usefixtures("entries")
def test_an_entry_names_its_source(api: Api, source: Source) -> None:
    mine = api.get("/blocklists/entries", source_id=source.pk).json()["data"]
    assert {(entry["source_id"], entry["source"]) for entry in mine} == {(source.pk, "feed")}
    assert len(mine) == 3


@pytest.mark.parametrize(
    "query", [{"ip": "example.com"}, {"source_id": "x"}, {"source_id": "0"}, {"source_id": "9" * 20}]
)
def test_a_search_for_entries_that_cannot_be_read_is_refused(api: Api, query: dict[str, str]) -> None:
    assert api.get("/blocklists/entries", **query).status_code == 422


def due(source_id: int) -> datetime | None:
    return Source.objects.get(pk=source_id).due_at


def test_a_schedule_follows_its_source(api: Api) -> None:
    source_id = api.post(SOURCES, **GOOD).json()["id"]
    one = f"{SOURCES}/{source_id}"
    assert due(source_id) is None
    api.patch(one, schedule="17 4 * * *")
    made = due(source_id)
    assert made is not None
    assert (made.hour, made.minute) == (4, 17)
    api.patch(one, zone="Asia/Tokyo")
    moved = due(source_id)
    assert moved is not None
    assert (moved.hour, moved.minute) == (19, 17)
    api.patch(one, enabled=False)
    assert due(source_id) is None


def test_a_change_that_concerns_no_server_asks_for_no_work(api: Api, source: Source) -> None:
    api.patch(f"{SOURCES}/{source.pk}", note="x", name="y", enabled=True)
    assert OrmQ.objects.count() == 0
    api.patch(f"{SOURCES}/{source.pk}", enabled=False)
    assert OrmQ.objects.count() == 1


@pytest.mark.parametrize(
    ("expires_at", "status"),
    [
        ("2030-01-01T00:00:00", 422),  # of which zone?
        ("9999-01-01T00:00:00Z", 422),
        ("2020-01-01T00:00:00Z", 422),
        ("2400-01-01T00:00:00-23:59", 201),
        (None, 201),
    ],
)
def test_protection_ends_at_a_moment_or_never(api: Api, expires_at: str | None, status: int) -> None:
    answer = api.post("/blocklists/protected", network="203.0.113.7", note="ours", expires_at=expires_at)
    assert answer.status_code == status
