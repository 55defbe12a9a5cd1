"""Protecting networks from lists, carried to the server at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from banguard.accounts import services as accounts
from banguard.blocklists.services.enforcing import TASK as ENFORCE
from banguard.core import jobs, networks
from banguard.core.errors import NotFound
from banguard.servers import selectors
from banguard.servers import services as servers
from banguard.servers.models import ProtectedNetwork


def protect(*, network: str, note: str, expires_at: datetime | None, created_by: str) -> ProtectedNetwork:
    """Never block this network, and lift what blocks it. Raises what ``servers.services.protect`` raises."""
    wanted = networks.text_of(networks.parse_network(network))
    with accounts.told(action="protect", target=wanted) as change:
        made = servers.protect(network=wanted, note=note, expires_at=expires_at, created_by=created_by)
        jobs.enqueue(ENFORCE)
        change.after = {"note": note, "expires_at": expires_at and expires_at.isoformat()}
    return made


def unprotect(*, protected_id: int) -> None:
    """Let a network be blocked again, and enforce what lists hold of it. Raises ``NotFound``."""
    found = selectors.protected_network(protected_id=protected_id)
    with accounts.told(action="unprotect", target=networks.text_of(found.network), before={"note": found.note}):
        servers.unprotect(protected_id=protected_id)
        jobs.enqueue(ENFORCE)


def unprotect_several(*, protected_ids: Sequence[int]) -> int:
    """The same for several at once, in one record; returns how many there were. Raises ``NotFound`` for none."""
    notes = {networks.text_of(one.network): one.note for one in selectors.protected_among(protected_ids=protected_ids)}
    if not notes:
        raise NotFound("None of these is protected any more.")
    with accounts.told(action="unprotect", target=accounts.named(list(notes)), before={"notes": notes}):
        count = servers.unprotect_several(protected_ids=protected_ids)
        jobs.enqueue(ENFORCE)
    return count


def spared() -> list[dict[str, str]]:
    """Everything that is never blocked now, with why. Raises ``AgentUnreachable``."""
    protected = servers.protected_networks(server=servers.local())
    named = [(network, reason) for network, reason in protected.named]
    special = [(network, "a special-use range") for network in protected.special]
    return [{"network": networks.text_of(network), "reason": reason} for network, reason in named + special]
