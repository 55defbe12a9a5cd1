"""Pages by keyset: the cost of a page does not depend on how deep it lies.

A cursor holds the key of the row it was made at, the direction, and the name of the list, the order and
the filters it belongs to; it is signed, so it cannot be edited or carried over to another search. Rows that
arrive meanwhile neither repeat nor hide others, which an OFFSET cannot promise.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic, Literal, TypeVar

from django.core import signing
from django.db.models import F, Field, Model, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan

from banguard.core.errors import CursorInvalid
from banguard.core.keys import CountingSigner
from banguard.core.schemas import Pagination

M = TypeVar("M", bound=Model)
N = TypeVar("N")

Direction = Literal["next", "previous"]
SALT = "banguard.cursor.2"  # a new number ends the cursors of an older form
COUNT_UP_TO = 100_000  # rows; a longer list says at least this many, since counting on costs more than it tells


@dataclass(frozen=True)
class Order:
    """How a list is sorted: columns that together are unique, all in one direction."""

    columns: tuple[str, ...]
    descending: bool = True


NEWEST_FIRST = Order(("id",))
OLDEST_FIRST = Order(("id",), descending=False)


@dataclass(frozen=True)
class Page(Generic[N]):
    """The rows of one page and where the pages beside it begin."""

    data: Sequence[N]
    total: int
    page_size: int
    next_cursor: str | None
    previous_cursor: str | None

    @property
    def pagination(self) -> Pagination:
        return Pagination(
            total=self.total,
            page_size=self.page_size,
            page_count=math.ceil(self.total / self.page_size),
            has_next=self.next_cursor is not None,
            has_previous=self.previous_cursor is not None,
            next_cursor=self.next_cursor,
            previous_cursor=self.previous_cursor,
        )


@dataclass(frozen=True)
class _Place:
    direction: Direction
    key: tuple[object, ...]


def page_of(
    rows: QuerySet[M], *, order: Order, filters: Mapping[str, object], cursor: str | None, page_size: int
) -> Page[M]:
    """One page of ``rows``. ``filters`` are those already applied to ``rows``; they bind the cursor.

    Two queries: the page with one row more, and the count. Raises ``CursorInvalid``.
    """
    belongs_to = _name_of(rows.model, order, filters)
    place = _typed(_read(cursor, belongs_to), rows, order) if cursor else None
    backward = place is not None and place.direction == "previous"
    found = list(_from(rows, order, place, backward)[: page_size + 1])
    more, shown = len(found) > page_size, found[:page_size]
    if backward:
        shown.reverse()
    before, after = (more, True) if backward else (place is not None, more)
    return Page(
        data=shown,
        total=rows.order_by()[:COUNT_UP_TO].count(),
        page_size=page_size,
        next_cursor=_write("next", shown[-1], order, belongs_to) if after and shown else None,
        previous_cursor=_write("previous", shown[0], order, belongs_to) if before and shown else None,
    )


def page_of_sequence(rows: Sequence[N], *, cursor: str | None, page_size: int, name: str) -> Page[N]:
    """The same for a short list that lies in memory; its key is the position."""
    place = _read(cursor, name) if cursor else None
    start = int(str(place.key[0])) if place else 0
    end = start + page_size
    return Page(
        data=rows[start:end],
        total=len(rows),
        page_size=page_size,
        next_cursor=_signed("next", [end], name) if end < len(rows) else None,
        previous_cursor=_signed("previous", [max(0, start - page_size)], name) if start else None,
    )


def _from(rows: QuerySet[M], order: Order, place: _Place | None, backward: bool) -> QuerySet[M]:
    descending = order.descending != backward
    ordered = rows.order_by(*(F(column).desc() if descending else F(column).asc() for column in order.columns))
    if place is None:
        return ordered
    # A row comparison, (a, b) < (x, y), is one range of an index; spelt with OR it would not be.
    beyond = TupleLessThan if descending else TupleGreaterThan
    return ordered.filter(beyond(Tuple(*map(F, order.columns)), place.key))


def _name_of(model: type[Model], order: Order, filters: Mapping[str, object]) -> str:
    chosen = {name: str(value) for name, value in filters.items() if value is not None}
    text = json.dumps([model._meta.label, order.columns, order.descending, chosen], sort_keys=True)  # noqa: SLF001
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _write(direction: Direction, row: Model, order: Order, belongs_to: str) -> str:
    key = [getattr(row, column) for column in order.columns]
    return _signed(
        direction, [value.isoformat() if isinstance(value, datetime) else value for value in key], belongs_to
    )


def _signed(direction: Direction, key: list[object], belongs_to: str) -> str:
    # Without a time in it: the same page has the same cursors, so that its ETag holds while nothing changes.
    return CountingSigner(salt=SALT).sign_object([direction, key, belongs_to])


def _read(cursor: str, belongs_to: str) -> _Place:
    try:
        direction, key, owner = CountingSigner(salt=SALT).unsign_object(cursor)
    except (signing.BadSignature, ValueError) as error:
        raise CursorInvalid("This page marker was not made here, or was changed. Start at the first page.") from error
    if owner != belongs_to:
        raise CursorInvalid("This page marker belongs to another search. Start at the first page.")
    return _Place(direction, tuple(key))


def _typed(place: _Place, rows: QuerySet[M], order: Order) -> _Place:
    """The key as the columns' own types; JSON has no times."""
    fields = [rows.model._meta.get_field(column) for column in order.columns]  # noqa: SLF001 - Django documents it
    return replace(place, key=tuple(map(_value, fields, place.key)))


def _value(field: object, value: object) -> object:
    return field.to_python(value) if isinstance(field, Field) else value
