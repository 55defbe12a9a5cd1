"""From what a list holds to the fewest networks, and those of them that may be blocked."""

from __future__ import annotations

from banguard.blocklists.values import Merged
from banguard.core import ranges
from banguard.core.ranges import Ranges


def merge(found: Ranges, *, never: Ranges) -> Merged:
    """Duplicates gone, neighbours joined. ``never`` (as ``union`` gives it) is only counted here: lists are
    stored as they are, and what must never be blocked may be something else by the time they are enforced."""
    networks = ranges.split(ranges.union(found))
    return Merged(networks=networks, protected=ranges.count_touched(networks, never))


def allowed(parts: list[Ranges], *, never: Ranges) -> Merged:
    """What all lists together may block, as the fewest networks; a network is split around a protected one."""
    together = ranges.union(*parts)
    protected = ranges.count_touched(ranges.split(together), never)
    return Merged(networks=ranges.split(ranges.subtract(together, never)), protected=protected)
