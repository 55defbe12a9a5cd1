"""What is known of a server without asking it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from banguard.agent.verbs import Jail, JailState
from banguard.core.errors import NotFound
from banguard.core.pagination import OLDEST_FIRST, Page, page_of
from banguard.servers.models import ProtectedNetwork, Server, Status
from banguard.servers.values import Seen

LOCAL = "local"
FRESH_FOR = timedelta(seconds=15)

NEVER = Seen(LOCAL, False, "The collector has not looked at Fail2ban yet.", "", None, False)


def seen(*, name: str = LOCAL) -> Seen:
    """How the server was last seen. What was seen too long ago tells nothing of now. One query."""
    row = Status.objects.filter(server__name=name).annotate(now=Now()).first()
    return NEVER if row is None else _seen(name, row, row.now)


def _seen(name: str, row: Status, now: datetime) -> Seen:
    if row.seen_at is None:
        return NEVER
    age = now - row.seen_at
    fresh = age < FRESH_FOR
    jails = tuple(JailState.model_validate(jail) for jail in row.jails) if fresh else ()
    reason = (
        row.reason if fresh else f"The collector last looked at {row.seen_at:%Y-%m-%d %H:%M:%S} UTC; is it running?"
    )
    return Seen(name, row.up and fresh, reason, row.version, row.seen_at, fresh, jails, max(0.0, age.total_seconds()))


def jails(*, name: str = LOCAL) -> list[Jail]:
    """Every jail of the server's files, by name, with what it does now. One query.

    ``state`` is None for one that does not run, and for all while nobody knows.
    """
    row = Status.objects.filter(server__name=name).annotate(now=Now()).first()
    if row is None:
        return []
    states = {state.name: state for state in _seen(name, row, row.now).jails}
    known = {jail["name"]: Jail.model_validate(jail | {"state": states.get(jail["name"])}) for jail in row.configured}
    return [known[jail] for jail in sorted(known)]


def protected(*, now: bool) -> QuerySet[ProtectedNetwork]:
    """The networks that somebody protected; ``now``: without those whose time is over."""
    rows = ProtectedNetwork.objects.all()
    return rows.filter(Q(expires_at=None) | Q(expires_at__gt=Now())) if now else rows


def protected_page(*, cursor: str | None, page_size: int) -> Page[ProtectedNetwork]:
    """One page, oldest first. Raises ``CursorInvalid``."""
    return page_of(protected(now=True), order=OLDEST_FIRST, filters={}, cursor=cursor, page_size=page_size)


def protected_network(*, protected_id: int) -> ProtectedNetwork:
    """The one with this id. Raises ``NotFound``."""
    found = protected(now=False).filter(pk=protected_id).first()
    if found is None:
        raise NotFound("There is no protected network with this id.", id=protected_id)
    return found


def every() -> list[Server]:
    """Every server that history may hold bans of."""
    return list(Server.objects.order_by("pk"))


def protected_among(*, protected_ids: Sequence[int]) -> list[ProtectedNetwork]:
    """Those of these that are there, oldest first."""
    return list(protected(now=False).filter(pk__in=protected_ids).order_by("pk"))


def jails_by_server() -> dict[str, list[str]]:
    """Every server that history may hold bans of, by name, with the jails of its files. One query."""
    rows = Server.objects.order_by("name").values_list("name", "status__configured")
    return {name: [jail["name"] for jail in configured or ()] for name, configured in rows}
