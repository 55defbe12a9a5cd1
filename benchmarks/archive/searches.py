"""The searches that are measured: for each filter one that finds much, and one that finds little."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django.db.models import Count, QuerySet
from django.utils import timezone

from banguard.core import networks
from banguard.history.models import Address, Ban, Tally
from banguard.history.search import Range, Search
from banguard.history.values import Dimension, Origin

Searches = dict[str, Search]


def all_of_them() -> Searches:
    """By a name that is fit for a figure's."""
    now = timezone.now()
    between = Search(since=now - timedelta(days=200, minutes=7), until=now - timedelta(days=100, minutes=7))
    return {
        "all": Search(),
        **dimensions(),
        **{f"range_{one.value}": Search(range=one) for one in Range},
        "between": between,
        "active": Search(active=True),
        "ended": Search(active=False),
        **{f"repeat_{least}": Search(min_ban_count=least) for least in (2, 5, 20, 100)},
        **_places(),
        **{f"words_{word}": Search(words=word) for word in ("failed", "admin", "oracle", "nowhere")},
        "words_two": Search(words="admin preauth"),
    }


def dimensions() -> Searches:
    """What charts can be narrowed to."""
    found = {f"origin_{origin.value}": Search(origin=origin) for origin in Origin}
    jails, countries = _extremes("jail", Dimension.JAIL), _extremes("country", Dimension.COUNTRY)
    found |= {"jail_much": Search(jail=jails[0]), "jail_little": Search(jail=jails[1])}
    found |= {"country_much": Search(country=countries[0]), "country_little": Search(country=countries[1])}
    return found | {f"server_{name}": Search(server=name) for name in ("local", "other")}


def several() -> Searches:
    """Under more than one dimension: values that meet often, seldom, and never."""
    jails, countries = _extremes("jail", Dimension.JAIL), _extremes("country", Dimension.COUNTRY)
    often = Search(jail=jails[0], country=countries[0])
    return {
        "often": often,
        "seldom": Search(jail=jails[1], country=countries[1]),
        "seldom_by_hand": Search(jail=jails[1], origin=Origin.MANUAL),
        "never": Search(jail=jails[0], origin=Origin.BLOCKLIST),
        "three": replace(often, origin=Origin.MANUAL),
        "three_never": replace(often, origin=Origin.BLOCKLIST),
    }


def _extremes(column: str, dimension: Dimension) -> tuple[str, str]:
    sums = Tally.objects.filter(grain="m", dimensions=dimension).values_list(column)
    counted = sorted(sums.values_list(column, "count"), key=lambda row: row[1])
    return counted[-1][0], counted[0][0]


def _places() -> Searches:
    """Around the address with most bans, of IPv4 and of IPv6, and the busiest autonomous system."""
    four, six = _most_banned(4), _most_banned(6)
    newest: QuerySet[Ban] = Ban.objects.filter(pk__gte=Ban.objects.order_by("-pk")[0].pk - 20_000)
    systems = newest.values_list("asn").annotate(n=Count("pk")).order_by("n")
    found = {f"ipv4_{bits}": Search(address=_around(four, bits)) for bits in (32, 24, 20, 16, 8, 4)}
    found |= {f"ipv6_{bits}": Search(address=_around(six, bits)) for bits in (128, 64, 56, 32, 16)}
    return found | {"asn_much": Search(asn=systems.reverse()[0][0]), "asn_little": Search(asn=systems[0][0])}


def _most_banned(version: int) -> str:
    rows = Address.objects.extra(where=["family(address) = %s"], params=[version])
    return networks.text_of(rows.order_by("-bans")[0].address)


def _around(address: str, bits: int) -> str:
    return networks.text_of(networks.parse_network(address).supernet(new_prefix=bits))
