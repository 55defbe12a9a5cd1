"""What a form brings of the rows that were selected: ids, and nothing else."""

from __future__ import annotations

import pytest
from django.test import RequestFactory

from banguard.core import selected
from banguard.core.errors import InvalidInput


def ids(*given: str) -> list[int]:
    return selected.ids_of(RequestFactory().post("/x/", {"ids": given}))


def test_each_id_counts_once_in_the_order_of_the_list() -> None:
    assert ids("7", "3", "07", "3") == [7, 3]
    assert ids() == []


@pytest.mark.parametrize(
    "hostile",
    ["", "-1", "1.5", "1 OR 1=1", "x", "1\x00", "١٢", "²", "9" * 19, "0x10", "1,2", '"><script>', "a" * 100_000],
)
def test_what_is_no_id_is_refused(hostile: str) -> None:
    with pytest.raises(InvalidInput):
        ids("1", hostile)


def test_more_than_a_page_has_is_refused() -> None:
    assert len(ids(*map(str, range(selected.MOST)))) == selected.MOST
    with pytest.raises(InvalidInput, match="at most 500"):
        ids(*map(str, range(selected.MOST + 1)))
