"""Shapes that every part of the API shares."""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar

from ninja import Schema
from pydantic import AfterValidator, Field

T = TypeVar("T")


def _storable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("a NUL cannot be kept or looked for")
    return text


Text = Annotated[str, AfterValidator(_storable)]  # what may reach a column of the database


class Problem(Schema):
    """What every error answers."""

    error_code: str
    message: str
    status: int
    details: dict[str, object]


class Pagination(Schema):
    total: int
    page_size: int
    page_count: int
    has_next: bool
    has_previous: bool
    next_cursor: str | None
    previous_cursor: str | None


class Listing(Schema, Generic[T]):
    """Every list: the rows of one page, and how to go on."""

    data: list[T]
    pagination: Pagination


class PageQuery(Schema):
    cursor: str | None = Field(None, description="`next_cursor` or `previous_cursor` of an earlier answer.")
    page_size: int = Field(50, ge=1, le=500)
