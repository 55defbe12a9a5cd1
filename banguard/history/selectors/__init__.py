"""Reading history: bans, what is known of an address, statistics."""

from banguard.history.search import Range, Search
from banguard.history.selectors.addresses import Known, jailed, known, timeline
from banguard.history.selectors.following import (
    Followed,
    Strip,
    coverage,
    failures,
    followed,
    followed_until,
    holes,
    strip,
)
from banguard.history.selectors.listing import (
    NEWEST,
    active,
    ban,
    bans,
    bans_page,
    jails_and_countries,
    newest_active,
    total,
)
from banguard.history.selectors.searches import saved_searches

__all__ = [
    "NEWEST",
    "Followed",
    "Known",
    "Range",
    "Search",
    "Strip",
    "active",
    "ban",
    "bans",
    "bans_page",
    "coverage",
    "failures",
    "followed",
    "followed_until",
    "holes",
    "jailed",
    "jails_and_countries",
    "known",
    "newest_active",
    "saved_searches",
    "strip",
    "timeline",
    "total",
]
