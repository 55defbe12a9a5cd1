"""What an import would do, before it does it; the same for what is held."""

from __future__ import annotations

from collections import Counter
from itertools import islice

from banguard.blocklists import hits, selectors
from banguard.blocklists.models import Source
from banguard.blocklists.services import intake, means
from banguard.blocklists.services.telling import Teller
from banguard.blocklists.values import Renewal
from banguard.blocklists.wanted import never
from banguard.core import networks, ranges
from banguard.core.errors import FeedUnreadable
from banguard.core.ranges import Ranges
from banguard.history import locate
from banguard.history import selectors as history
from banguard.servers import services as servers

SAMPLES = 10
DAYS = 30  # of bans
LOCATED = 20_000  # networks whose countries are looked up, evenly picked; the shares of more differ little


def look(teller: Teller) -> Renewal:
    """Fetch and read the feed anew, and write into the run what importing it would do; returns what it found."""
    found = intake.take(teller, teller.run.source, always=True)
    if not isinstance(found, Renewal):
        raise FeedUnreadable("The feed's server says that nothing has changed, though it was not asked that.")
    describe(teller, found.networks)
    return found


def describe(teller: Teller, found: Ranges) -> None:
    """Write down what storing ``found`` would change, whom it would hit, and what other lists hold of it."""
    source = teller.run.source
    have = selectors.held_by(source_id=source.pk)
    new, gone = ranges.without(found, have), ranges.without(have, found)
    together = ranges.union(found)
    spared = ranges.intersect(together, never(server=servers.local()))
    told = {
        "networks": len(found),
        "addresses": together.addresses,
        "new": _sample(new),
        "gone": _sample(gone),
        "kept": len(found) - len(new),
        "protected": _sample(ranges.split(ranges.union(spared))),
        "banned_before": _sample(_struck(together, history.jailed(days=DAYS))),
        "signed_in": _sample(_struck(together, hits.signed_in())),
        "connected": _sample(_struck(together, hits.connected())),
        "means": means.means_of(source, networks=len(found)),
        "countries": countries(found),
        "overlaps": overlaps(source, together),
    }
    teller.note(preview=told, added=len(new), removed=len(gone), kept=len(found) - len(new))


def overlaps(source: Source, together: Ranges) -> list[dict[str, object]]:
    """For each other list: how many addresses both hold, and which part of this one that is."""
    found: list[dict[str, object]] = []
    for other in selectors.sources().exclude(pk=source.pk).order_by("name"):
        both = ranges.intersect(together, ranges.union(selectors.held_by(source_id=other.pk))).addresses
        percent = round(100 * both / together.addresses, 1) if together.addresses else 0.0
        found.append({"source_id": other.pk, "source": other.name, "addresses": both, "percent": percent})
    return sorted(found, key=lambda one: -one["addresses"] if isinstance(one["addresses"], int) else 0)


def countries(blocks: Ranges) -> list[dict[str, object]]:
    """The countries that most of these networks are registered in: ``{"country", "percent"}``, "" for unknown."""
    step = max(1, len(blocks) // LOCATED)
    some = Ranges(blocks.four[::step], blocks.six[::step])
    picked = [networks.parse_network(text) for text in ranges.texts(some)]
    counted = Counter(country for country, _asn in locate.locations(picked))
    most = counted.most_common(SAMPLES)
    return [{"country": country, "percent": round(100 * count / len(picked), 1)} for country, count in most]


def _struck(together: Ranges, some: Ranges) -> Ranges:
    return ranges.split(ranges.union(ranges.intersect(some, together)))


def _sample(blocks: Ranges) -> dict[str, object]:
    return {"count": len(blocks), "samples": list(islice(ranges.texts(blocks), SAMPLES))}
