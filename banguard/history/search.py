"""What a list or a statistic is narrowed to, and over which time."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from urllib.parse import urlencode

from banguard.core import networks
from banguard.core.errors import AddressInvalid, InvalidInput
from banguard.core.networks import Network
from banguard.history.values import REPEATS, Dimension, Origin

UNKNOWN = "unknown"  # how a country that nobody knows is asked for
LONGEST = timedelta(days=36_600)  # that a statistic is told of
MOST_WORDS = 10  # each is looked up; a pasted log would be a search for hundreds


class Range(StrEnum):
    """Up to now: the present hour and those before it; of longer ones, whole days (UTC)."""

    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"
    YEAR = "365d"

    @property
    def length(self) -> timedelta:
        return {"24h": timedelta(hours=24), "7d": timedelta(days=7), "30d": timedelta(days=30)}.get(
            self.value, timedelta(days=365)
        )

    def since(self, now: datetime) -> datetime:
        hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        if self.length > timedelta(days=7):
            return hour.replace(hour=0) + timedelta(days=1) - self.length
        return hour + timedelta(hours=1) - self.length


@dataclass(frozen=True)
class Search:
    """``address``: an address, a network (then all inside it), or the beginning of one, such as ``203.0.113.``.

    ``since`` is in the search, ``until`` is not; ``range`` stands for a ``since`` that moves with the hour.
    """

    jail: str | None = None
    address: str | None = None
    origin: Origin | None = None
    active: bool | None = None
    server: str | None = None
    country: str | None = None  # "" for unknown
    asn: int | None = None
    min_ban_count: int | None = None
    range: Range | None = None
    since: datetime | None = None
    until: datetime | None = None
    words: str | None = None

    @property
    def chosen(self) -> dict[str, object]:
        return {name: value for name, value in asdict(self).items() if value is not None}

    @property
    def query(self) -> str:
        """As the API spells it."""
        return urlencode({name: _spelt(value) for name, value in self.chosen.items()})

    @property
    def network(self) -> Network | None:
        return None if self.address is None else network_of(self.address)

    @property
    def dimensions(self) -> dict[Dimension, str]:
        """What of it tallies tell apart."""
        found = {
            Dimension.SERVER: self.server,
            Dimension.JAIL: self.jail,
            Dimension.COUNTRY: self.country,
            Dimension.ORIGIN: self.origin and self.origin.value,
        }
        return {dimension: value for dimension, value in found.items() if value is not None}

    @property
    def beyond_dimensions(self) -> set[str]:
        """What of it they do not, but for time."""
        return set(self.chosen) - {"server", "jail", "country", "origin", "range", "since", "until"}

    def ends(self, now: datetime) -> tuple[datetime, datetime]:
        """The time of a statistic: where no beginning is named, the days of ``Range.MONTH`` before its end, or now.

        Raises ``InvalidInput``.
        """
        found = self.at(now)
        until = found.until or now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        since = found.since or Range.MONTH.since(min(now, until))
        if until - since > LONGEST or since >= until:
            raise InvalidInput(
                "The time range must be longer than nothing and shorter than 100 years.", fields={"since": "range"}
            )
        return since, until

    def at(self, now: datetime) -> Search:
        """With the beginning that ``range`` means now. Raises ``InvalidInput`` where the parts do not fit together."""
        if self.range and (self.since or self.until):
            raise InvalidInput("Give a range or its ends, not both.", fields={"range": "with since or until"})
        if self.since and self.until and self.since >= self.until:
            raise InvalidInput("The time range ends before it begins.", fields={"until": "not after since"})
        if self.min_ban_count is not None and self.min_ban_count not in REPEATS:
            raise InvalidInput("Choose how often from the list.", fields={"min_ban_count": f"one of {REPEATS}"})
        if self.words is not None and len(self.words.split()) > MOST_WORDS:
            raise InvalidInput(f"Search for {MOST_WORDS} words at most.", fields={"words": "too many"})
        if self.words is not None and not any(map(str.isalnum, self.words)):
            raise InvalidInput("Search for words: letters or digits.", fields={"words": "none"})
        return replace(self, since=self.range.since(now), range=None) if self.range else self


def network_of(text: str) -> Network:
    """An address, a network, or the whole groups that one begins with. Raises ``AddressInvalid``."""
    try:
        return networks.parse_network(text)
    except AddressInvalid:
        begun = _beginning(text.strip())
        if begun is None:
            raise
        return networks.parse_network(begun)


def _beginning(text: str) -> str | None:
    """``203.0.113.`` and ``203.0.113.*`` are 203.0.113.0/24, ``2001:db8:`` is 2001:db8::/32."""
    if re.fullmatch(r"\d{1,3}(\.\d{1,3}){0,2}(\.|\.\*)?", text):
        groups = [part for part in text.split(".") if part.isdigit()]
        return f"{'.'.join(groups + ['0'] * (4 - len(groups)))}/{8 * len(groups)}"
    if re.fullmatch(r"[0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{1,4}){0,6}:\*?", text):
        groups = [part for part in text.split(":") if part.strip("*")]
        return f"{':'.join(groups)}::/{16 * len(groups)}"
    return None


def _spelt(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, datetime) else str(value) or "unknown"
