"""From what lists hold to the fewest networks, and those of them that may be blocked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from banguard.blocklists.values import Merged
from banguard.core import networks
from banguard.core.networks import BITS, Network, Span


def merge(spans: Mapping[int, Iterable[Span]], *, protected: Iterable[Network]) -> Merged:
    """Duplicates gone, neighbours joined; in ``allowed`` a network is split around a protected one."""
    never = spans_of(protected)
    whole: list[str] = []
    allowed: list[str] = []
    for version in BITS:
        wanted = networks.union(spans.get(version, ()))
        whole += _texts(wanted, version)
        allowed += _texts(networks.subtract(wanted, networks.union(never[version])), version)
    return Merged(tuple(whole), tuple(allowed), protected=len(set(whole).difference(allowed)))


def spans_of(entries: Iterable[Network]) -> dict[int, list[Span]]:
    """Networks as spans by IP version, unmerged."""
    spans: dict[int, list[Span]] = {version: [] for version in BITS}
    for network in entries:
        spans[network.version].append(networks.span_of(network))
    return spans


def _texts(spans: Iterable[Span], version: int) -> list[str]:
    return [networks.text_of(network) for network in networks.networks_of(spans, version)]
