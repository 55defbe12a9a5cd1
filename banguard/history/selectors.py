"""Reading history."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta

from django.db.models import BooleanField, Case, Count, Q, QuerySet, Value, When
from django.db.models.functions import Now

from banguard.core import networks
from banguard.core.errors import NotFound
from banguard.core.pagination import Order, Page, page_of
from banguard.history.models import Ban
from banguard.history.values import Origin
from banguard.servers.models import Server

NEWEST = Order(("banned_at", "id"))
ACTIVE = Q(lifted_at=None) & (Q(expires_at=None) | Q(expires_at__gt=Now()))


@dataclass(frozen=True)
class Search:
    """What a list of bans is narrowed to. ``address`` may be a network: then all inside it."""

    jail: str | None = None
    address: str | None = None
    origin: Origin | None = None
    active: bool | None = None

    @property
    def chosen(self) -> dict[str, object]:
        return {name: value for name, value in asdict(self).items() if value is not None}


def bans(*, search: Search) -> QuerySet[Ban]:
    """Bans that fit ``search``, unordered, each with its server and ``active``. Raises ``AddressInvalid``."""
    rows = Ban.objects.select_related("server").annotate(
        active=Case(When(ACTIVE, then=Value(True)), default=Value(False), output_field=BooleanField())
    )
    if search.jail is not None:
        rows = rows.filter(jail=search.jail)
    if search.origin is not None:
        rows = rows.filter(origin=search.origin)
    if search.address is not None:
        rows = rows.filter(address__net_contained_or_equal=networks.parse_network(search.address))
    if search.active is not None:
        rows = rows.filter(ACTIVE) if search.active else rows.exclude(ACTIVE)
    return rows


def active(*, server: Server, jail: str | None) -> QuerySet[Ban]:
    """The bans in force on a server, in one jail or in all."""
    rows = Ban.objects.filter(ACTIVE, server=server)
    return rows if jail is None else rows.filter(jail=jail)


def newest_active(*, jail: str, most: int) -> list[Ban]:
    """The newest bans in force in a jail."""
    return list(bans(search=Search(jail=jail, active=True)).order_by("-banned_at", "-id")[:most])


def bans_page(*, search: Search, cursor: str | None, page_size: int) -> Page[Ban]:
    """One page, newest first. Raises ``CursorInvalid`` and ``AddressInvalid``."""
    return page_of(bans(search=search), order=NEWEST, filters=search.chosen, cursor=cursor, page_size=page_size)


def ban(*, ban_id: int) -> Ban:
    """One ban with its matched lines. Raises ``NotFound``."""
    found = bans(search=Search()).select_related("matched").filter(pk=ban_id).first()
    if found is None:
        raise NotFound("There is no ban with this id.", id=ban_id)
    return found


def jail_names() -> list[str]:
    """The jails that history knows, by a walk over the index instead of over every row."""
    query = """
        WITH RECURSIVE names AS (
            (SELECT jail FROM history_ban ORDER BY jail LIMIT 1)
            UNION ALL
            SELECT (SELECT jail FROM history_ban WHERE jail > names.jail ORDER BY jail LIMIT 1)
            FROM names WHERE names.jail IS NOT NULL
        ) SELECT 1 AS id, jail FROM names WHERE jail IS NOT NULL
    """
    return [row.jail for row in Ban.objects.raw(query)]


def banned_within(*, period: timedelta) -> dict[str, int]:
    """How many bans began within ``period``, by origin."""
    rows = Ban.objects.filter(banned_at__gt=Now() - period).order_by().values_list("origin").annotate(Count("id"))
    return {origin.value: 0 for origin in Origin} | dict(rows)
