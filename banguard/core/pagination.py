"""Pages by keyset: the cost of a page does not depend on how deep it lies.

A cursor holds the key of the row it was made at, the direction, and the name of the list, the order and
the filters it belongs to; it is signed, so it cannot be edited or carried over to another search. Rows that
arrive meanwhile neither repeat nor hide others, which an OFFSET cannot promise.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
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

Direction = Literal["next", "previous", "last"]
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
class Total:
    """How many rows there are. ``at_least``: counting stopped there."""

    count: int
    at_least: bool = False


@dataclass(frozen=True)
class Page(Generic[N]):
    """The rows of one page and where the pages beside it begin.

    A page without newer ones has a ``previous_cursor`` all the same: asked later, it gives what has arrived since.
    """

    data: Sequence[N]
    total: int
    page_size: int
    next_cursor: str | None
    previous_cursor: str | None
    at_least: bool = False
    last_cursor: str | None = None
    newest: bool = False  # nothing stands before it

    @property
    def is_whole(self) -> bool:
        """Whether no other page has any rows."""
        return len(self.data) == self.total

    @property
    def has_previous(self) -> bool:
        return self.previous_cursor is not None and not self.newest

    @property
    def pagination(self) -> Pagination:
        return Pagination(
            total=self.total,
            at_least=self.at_least,
            page_size=self.page_size,
            page_count=math.ceil(self.total / self.page_size),
            has_next=self.next_cursor is not None,
            has_previous=self.has_previous,
            next_cursor=self.next_cursor,
            previous_cursor=self.previous_cursor,
            last_cursor=self.last_cursor,
        )


@dataclass(frozen=True)
class Stretch:
    """What a page reads: ``limit`` rows beyond ``key`` (None: from the very beginning), in one direction."""

    key: tuple[object, ...] | None
    descending: bool
    limit: int


@dataclass(frozen=True)
class _Place:
    direction: Direction
    key: tuple[object, ...] | None


def page_of(
    rows: QuerySet[M], *, order: Order, filters: Mapping[str, object], cursor: str | None, page_size: int
) -> Page[M]:
    """One page of ``rows``. ``filters`` are those already applied to ``rows``; they bind the cursor.

    Two queries: the page with one row more, and the count. Raises ``CursorInvalid``.
    """
    return Source(rows, order, filters).page(cursor=cursor, page_size=page_size)


@dataclass(frozen=True)
class Source(Generic[M]):
    """What pages are taken of, where more is to be said than ``page_of`` takes.

    ``total``: when it need not be counted. ``start``: without a cursor, begin beyond this key. ``read``: where one
    range of an index is not how to find the rows.
    """

    rows: QuerySet[M]
    order: Order
    filters: Mapping[str, object]
    total: Total | None = None
    start: tuple[object, ...] | None = None
    read: Callable[[Stretch], Iterable[M]] | None = None

    def page(self, *, cursor: str | None, page_size: int) -> Page[M]:
        belongs_to = _name_of(self.rows.model, self.order, self.filters)
        place = self._place(cursor, belongs_to)
        backward = place is not None and place.direction != "next"
        stretch = Stretch(place.key if place else None, self.order.descending != backward, page_size + 1)
        found = list(self.read(stretch) if self.read else read_stretch(self.rows, self.order, stretch))
        more, shown = len(found) > page_size, found[:page_size]
        if backward:
            shown.reverse()
        before = more if backward else place is not None
        after = more if not backward else place is not None and place.direction == "previous"
        counted = self.total or count_of(self.rows)
        return Page(
            data=shown,
            total=counted.count,
            at_least=counted.at_least,
            page_size=page_size,
            next_cursor=_write("next", shown[-1], self.order, belongs_to) if after and shown else None,
            previous_cursor=_previous(shown, place, self.order, belongs_to),
            last_cursor=_signed("last", [], belongs_to) if after and shown else None,
            newest=not before,
        )

    def _place(self, cursor: str | None, belongs_to: str) -> _Place | None:
        if cursor:
            return _typed(_read(cursor, belongs_to), self.rows, self.order)
        return _Place("next", self.start) if self.start else None


def count_of(rows: QuerySet[M], *, most: int = COUNT_UP_TO) -> Total:
    """How many rows there are, counted up to ``most``."""
    count = rows.order_by()[:most].count()
    return Total(count, count >= most)


def _previous(shown: Sequence[Model], place: _Place | None, order: Order, belongs_to: str) -> str | None:
    if shown:
        return _write("previous", shown[0], order, belongs_to)
    # Nothing has arrived, or all has gone: the same question again, later.
    return _signed("previous", _plain(place.key), belongs_to) if place and place.key else None


def page_of_sequence(rows: Sequence[N], *, cursor: str | None, page_size: int, name: str) -> Page[N]:
    """The same for a short list that lies in memory; its key is the position."""
    place = _read(cursor, name) if cursor else None
    start = int(str(place.key[0])) if place and place.key else 0
    end = start + page_size
    return Page(
        data=rows[start:end],
        total=len(rows),
        page_size=page_size,
        next_cursor=_signed("next", [end], name) if end < len(rows) else None,
        previous_cursor=_signed("previous", [max(0, start - page_size)], name) if start else None,
    )


def read_stretch(rows: QuerySet[M], order: Order, stretch: Stretch) -> QuerySet[M]:
    """The rows of one stretch: one range of an index."""
    ordered = rows.order_by(*(F(column).desc() if stretch.descending else F(column).asc() for column in order.columns))
    if stretch.key is None:
        return ordered[: stretch.limit]
    # A row comparison, (a, b) < (x, y), is one range of an index; spelt with OR it would not be.
    beyond = TupleLessThan if stretch.descending else TupleGreaterThan
    return ordered.filter(beyond(Tuple(*map(F, order.columns)), stretch.key))[: stretch.limit]


def _name_of(model: type[Model], order: Order, filters: Mapping[str, object]) -> str:
    chosen = {name: str(value) for name, value in filters.items() if value is not None}
    text = json.dumps([model._meta.label, order.columns, order.descending, chosen], sort_keys=True)  # noqa: SLF001
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _write(direction: Direction, row: Model, order: Order, belongs_to: str) -> str:
    return _signed(direction, _plain([getattr(row, column) for column in order.columns]), belongs_to)


def _plain(key: Iterable[object]) -> list[object]:
    return [value.isoformat() if isinstance(value, datetime) else value for value in key]


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
    """The key as the columns' own types; JSON has no times. The last page has no key: it is read from the end."""
    if not place.key:
        return replace(place, key=None)
    fields = [rows.model._meta.get_field(column) for column in order.columns]  # noqa: SLF001 - Django documents it
    return replace(place, key=tuple(map(_value, fields, place.key)))


def _value(field: object, value: object) -> object:
    return field.to_python(value) if isinstance(field, Field) else value
