"""Writing the end of bans that somebody here lifted."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models.functions import Now

from banguard.core.networks import Network
from banguard.history import selectors
from banguard.history.values import LiftReason
from banguard.servers.models import Server


def record_lifted(*, server: Server, jail: str, addresses: Sequence[Network], reason: LiftReason) -> None:
    """Write the end of these bans. One statement, however many addresses."""
    active = selectors.active(server=server, jail=jail)
    active.filter(address__in=addresses).update(lifted_at=Now(), lift_reason=reason)


def record_gone(*, server: Server, jail: str, banned: Sequence[Network], reason: LiftReason) -> int:
    """Write the end of what history holds for active although the jail holds only ``banned``; returns how many."""
    active = selectors.active(server=server, jail=jail)
    return active.exclude(address__in=banned).update(lifted_at=Now(), lift_reason=reason)


def record_unbans(*, server: Server, jail: str | None, networks: Sequence[Network]) -> None:
    """As Fail2ban does it: where a network itself is banned it alone ends, elsewhere whatever lies inside it.

    One statement for all lone addresses, three for each network.
    """
    active = selectors.active(server=server, jail=jail)
    end = {"lifted_at": Now(), "lift_reason": LiftReason.MANUAL}
    for network in (one for one in networks if one.num_addresses > 1):
        itself = list(active.filter(address=network).values_list("jail", flat=True))
        active.filter(address__net_contained=network).exclude(jail__in=itself).update(**end)
    active.filter(address__in=networks).update(**end)
