"""Shapes that every part of the API shares."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Generic, TypeVar

from ninja import Schema
from pydantic import AfterValidator, AwareDatetime, Field

T = TypeVar("T")
YEARS = range(1970, 9_001)  # that a moment may be in


def _storable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("a NUL cannot be kept or looked for")
    return text


Text = Annotated[str, AfterValidator(_storable)]  # what may reach a column of the database


def within_reach(moment: datetime) -> datetime:
    """In UTC. Raises ``ValueError`` for what PostgreSQL may not hold once something is added to it."""
    if moment.year not in YEARS:
        raise ValueError(f"a time between the years {YEARS[0]} and {YEARS[-1]}")
    return moment.astimezone(UTC)  # PostgreSQL takes zones of 16 hours at most, RFC 3339 up to 24


Moment = Annotated[AwareDatetime, AfterValidator(within_reach)]  # RFC 3339 with its zone, as PostgreSQL can hold it


class Problem(Schema):
    """What every error answers."""

    error_code: str
    message: str
    status: int
    details: dict[str, object]


class Pagination(Schema):
    total: int
    at_least: bool = Field(False, description="There are more than `total`: counting stopped there.")
    page_size: int
    page_count: int
    has_next: bool
    has_previous: bool
    next_cursor: str | None
    previous_cursor: str | None
    last_cursor: str | None = None


class Listing(Schema, Generic[T]):
    """Every list: the rows of one page, and how to go on."""

    data: list[T]
    pagination: Pagination


class PageQuery(Schema):
    cursor: str | None = Field(None, description="`next_cursor` or `previous_cursor` of an earlier answer.")
    page_size: int = Field(50, ge=1, le=500)
