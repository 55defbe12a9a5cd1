"""Reading history: bans, what is known of an address, statistics."""

from banguard.history.search import Range, Search
from banguard.history.selectors.listing import (
    NEWEST,
    active,
    ban,
    bans,
    bans_page,
    countries,
    jail_names,
    newest_active,
    total,
)

__all__ = [
    "NEWEST",
    "Range",
    "Search",
    "active",
    "ban",
    "bans",
    "bans_page",
    "countries",
    "jail_names",
    "newest_active",
    "total",
]
