"""Pages by keyset: walks forward and back, and what is not a cursor of ours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.core import signing
from django.db.models import QuerySet

from banguard.core import pagination
from banguard.core.errors import CursorInvalid
from banguard.core.pagination import NEWEST_FIRST, Page, page_of, page_of_sequence
from banguard.history.models import Ban
from banguard.history.selectors import NEWEST
from banguard.servers import services as servers
from tests.conftest import Api

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def add(numbers: range, at: datetime = NOON) -> None:
    server = servers.local()
    Ban.objects.bulk_create(
        Ban(server=server, jail="sshd", address=f"203.0.{n // 256}.{n % 256}", origin="jail", banned_at=at)
        for n in numbers
    )


def page(cursor: str | None = None, size: int = 7, filters: dict[str, object] | None = None) -> Page[Ban]:
    rows: QuerySet[Ban] = Ban.objects.all()
    return page_of(rows, order=NEWEST, filters=filters or {}, cursor=cursor, page_size=size)


def forward(size: int) -> Iterator[Page[Ban]]:
    found = page(size=size)
    yield found
    while found.next_cursor:
        found = page(found.next_cursor, size)
        yield found


def ids(found: Page[Ban]) -> list[int]:
    return [ban.pk for ban in found.data]


def in_order() -> list[int]:
    return list(Ban.objects.order_by("-banned_at", "-id").values_list("id", flat=True))


@pytest.mark.parametrize("size", [1, 7, 100, 500])
def test_a_walk_over_equal_times_loses_and_repeats_nothing(size: int) -> None:
    add(range(min(3_000, size * 30)))
    add(range(3_000, 3_010), NOON - timedelta(hours=1))
    assert [ban for some in forward(size) for ban in ids(some)] == in_order()


def test_a_walk_back_shows_the_same_pages() -> None:
    add(range(2_000))
    there = list(forward(300))
    back, found = [], there[-1]
    while found.has_previous:
        found = page(found.previous_cursor, 300)
        back.append(ids(found))
    assert back == [ids(some) for some in reversed(there[:-1])]


def test_rows_that_arrive_meanwhile_neither_repeat_nor_hide_others() -> None:
    add(range(40))
    expected, seen = in_order(), []
    for number, found in enumerate(forward(7)):
        seen += ids(found)
        add(range(1_000 + 10 * number, 1_010 + 10 * number), NOON + timedelta(minutes=number))
    assert seen == expected


def test_going_back_reaches_what_has_arrived() -> None:
    add(range(14))
    second = page(page().next_cursor)
    add(range(100, 103), NOON + timedelta(hours=1))
    first = page(second.previous_cursor)
    assert first.previous_cursor is not None
    assert ids(page(first.previous_cursor)) == in_order()[:3]


def test_rows_that_go_away_meanwhile_do_not_break_a_walk() -> None:
    add(range(30))
    first = page()
    Ban.objects.filter(pk__in=ids(first)).delete()
    assert ids(page(first.next_cursor)) == in_order()[:7]


def test_the_figures_of_a_page_are_right() -> None:
    add(range(15))
    shown = page(page().next_cursor).pagination
    assert (shown.total, shown.page_size, shown.page_count) == (15, 7, 3)
    assert (shown.has_next, shown.has_previous) == (True, True)
    assert page(size=15).next_cursor is None


def test_an_empty_list_is_one_page_without_neighbours() -> None:
    shown = page().pagination
    assert (shown.total, shown.page_count, shown.has_next, shown.has_previous) == (0, 0, False, False)


def test_a_microsecond_is_not_lost_in_the_cursor() -> None:
    for number in range(9):
        add(range(number, number + 1), NOON + timedelta(microseconds=number))
    assert [ban for some in forward(2) for ban in ids(some)] == in_order()


def made(key: list[object], owner: str) -> str:
    return signing.Signer(salt=pagination.SALT).sign_object(["next", key, owner])


def bad_cursors() -> list[str]:
    other = signing.dumps(["next", [1], "x"], salt="banguard.cursor.0")
    return ["nonsense", "a:b:c", "'; DROP TABLE", "\x00", "ü", "x" * 100_000, other, made([1], "bans")]


@pytest.mark.parametrize("cursor", bad_cursors())
def test_what_is_no_cursor_of_ours_is_refused(cursor: str) -> None:
    with pytest.raises(CursorInvalid):
        page(cursor)


def test_a_changed_cursor_is_refused() -> None:
    add(range(10))
    cursor = page().next_cursor or ""
    for at in range(0, len(cursor), 5):
        with pytest.raises(CursorInvalid):
            page(cursor[:at] + ("A" if cursor[at] != "A" else "B") + cursor[at + 1 :])


def test_a_cursor_of_another_search_or_order_is_refused() -> None:
    add(range(10))
    cursor = page().next_cursor
    with pytest.raises(CursorInvalid):
        page(cursor, filters={"jail": "sshd"})
    with pytest.raises(CursorInvalid):
        page_of(Ban.objects.all(), order=NEWEST_FIRST, filters={}, cursor=cursor, page_size=5)
    with pytest.raises(CursorInvalid):
        page_of_sequence([1, 2, 3], cursor=cursor, page_size=2, name="jails")


def test_a_list_in_memory_walks_both_ways() -> None:
    first = page_of_sequence("abcde", cursor=None, page_size=2, name="letters")
    second = page_of_sequence("abcde", cursor=first.next_cursor, page_size=2, name="letters")
    third = page_of_sequence("abcde", cursor=second.next_cursor, page_size=2, name="letters")
    back = page_of_sequence("abcde", cursor=third.previous_cursor, page_size=2, name="letters")
    assert [first.data, second.data, third.data, back.data] == ["ab", "cd", "e", "cd"]
    assert (first.previous_cursor, third.next_cursor) == (None, None)


@pytest.mark.parametrize("size", ["0", "-1", "501", "ten", "1e3", ""])
def test_the_api_refuses_other_page_sizes(api: Api, size: str) -> None:
    answer = api.get("/bans", page_size=size)
    assert (answer.status_code, answer.json()["error_code"]) == (422, "invalid_input")


def test_the_api_walks_and_refuses_the_cursor_of_another_search(api: Api) -> None:
    add(range(5))
    answer = api.get("/bans", page_size=2).json()["pagination"]
    assert len(api.get("/bans", page_size=2, cursor=answer["next_cursor"]).json()["data"]) == 2
    for query in ({"jail": "nginx"}, {"active": True}, {"address": "203.0.0.0/24"}):
        refused = api.get("/bans", cursor=answer["next_cursor"], **query)
        assert (refused.status_code, refused.json()["error_code"]) == (400, "cursor_invalid")


def test_every_list_of_the_api_refuses_what_is_no_cursor(api: Api) -> None:
    for path in ("/bans", "/jails", "/blocklists/sources", "/blocklists/runs", "/blocklists/entries"):
        refused = api.get(path, cursor="nonsense")
        assert (refused.status_code, refused.json()["error_code"]) == (400, "cursor_invalid"), path
