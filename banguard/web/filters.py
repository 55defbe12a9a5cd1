"""What the dashboard is narrowed to, as its address line says it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext_lazy

from banguard.history.search import Range, Search
from banguard.history.values import Origin

UNKNOWN = "unknown"  # how a country that nobody knows is spelt
RANGES = {
    Range.DAY: gettext_lazy("24 hours"),
    Range.WEEK: gettext_lazy("7 days"),
    Range.MONTH: gettext_lazy("30 days"),
    Range.YEAR: gettext_lazy("365 days"),
}
ORIGINS = {
    None: gettext_lazy("All bans"),
    Origin.JAIL: gettext_lazy("By jails"),
    Origin.BLOCKLIST: gettext_lazy("From blocklists"),
    Origin.MANUAL: gettext_lazy("By hand"),
}


@dataclass(frozen=True)
class Choice:
    """One of the filters as a link."""

    label: object
    href: str
    chosen: bool


@dataclass(frozen=True)
class Filters:
    """``country`` is "" for unknown. What an address line says that is none of these narrows nothing."""

    range: Range = Range.WEEK
    origin: Origin | None = None
    country: str | None = None
    jail: str | None = None

    @classmethod
    def read(cls, query: QueryDict) -> Filters:
        given = {name: query.get(name, "") for name in ("range", "origin", "country", "jail")}
        country = given["country"]
        return cls(
            range=Range(given["range"]) if given["range"] in set(Range) else Range.WEEK,
            origin=Origin(given["origin"]) if given["origin"] in set(Origin) else None,
            country="" if country == UNKNOWN else country if re.fullmatch("[A-Z]{2}", country) else None,
            jail=given["jail"].replace("\x00", "")[:64] or None,
        )

    @property
    def search(self) -> Search:
        return Search(range=self.range, origin=self.origin, country=self.country, jail=self.jail)

    @property
    def dimensions(self) -> Search:
        """The same without time."""
        return replace(self.search, range=None)

    @property
    def query(self) -> str:
        """As the dashboard, the list of bans and the API spell it."""
        chosen = {"range": self.range.value, "origin": self.origin, "country": self.country, "jail": self.jail}
        spelt = {name: UNKNOWN if value == "" else value for name, value in chosen.items() if value is not None}
        return urlencode(spelt)

    def but(self, **changes: object) -> str:
        """The address of the dashboard with these filters instead."""
        return f"?{replace(self, **changes).query}"  # type: ignore[arg-type]

    @property
    def ranges(self) -> list[Choice]:
        return [Choice(label, self.but(range=one), one == self.range) for one, label in RANGES.items()]

    @property
    def origins(self) -> list[Choice]:
        return [Choice(label, self.but(origin=one), one == self.origin) for one, label in ORIGINS.items()]

    @property
    def without_jail(self) -> str:
        return self.but(jail=None)

    @property
    def without_country(self) -> str:
        return self.but(country=None)
