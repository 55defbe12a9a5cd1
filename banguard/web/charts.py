"""What a chart shows, as the page gets it: a table, which a script draws."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from banguard.web import words


@dataclass(frozen=True)
class Series:
    """One kind of number. ``tone``: the token of banguard.css whose colour it has."""

    label: str
    tone: str


@dataclass(frozen=True)
class Row:
    """One place on the axis, and a value for each series."""

    at: datetime | date | str
    values: tuple[int, ...]


@dataclass(frozen=True)
class Chart:
    """``axis`` names what the rows differ in."""

    axis: str
    series: tuple[Series, ...]
    rows: tuple[Row, ...]

    @property
    def dated(self) -> bool:
        """Whether its axis is one of time, so that it has to say of which zone."""
        return any(isinstance(row.at, date) for row in self.rows)

    @property
    def timed(self) -> bool:
        """Whether its axis has times of a day, which a script tells in the person's own zone."""
        return any(isinstance(row.at, datetime) for row in self.rows)

    @property
    def total(self) -> int:
        return sum(sum(row.values) for row in self.rows)


@dataclass(frozen=True)
class CountryCount:
    """How many of something a country has, and where that leads; an empty ``code`` means unknown."""

    code: str
    count: int
    href: str

    @property
    def name(self) -> str:
        return words.country(self.code)
