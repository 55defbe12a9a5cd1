"""Following a server into history, and banning and unbanning through it."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from django.db.models.functions import Now

from banguard.core import networks
from banguard.core.errors import AddressProtected, InvalidInput
from banguard.core.locks import Held
from banguard.core.networks import Network
from banguard.history import collect, normalise, selectors, store
from banguard.history.models import Ban, Cursor
from banguard.history.values import LiftReason, Place
from banguard.servers import services as servers
from banguard.servers.models import Server
from banguard.servers.values import Protected

log = structlog.get_logger(__name__)

WIDEST = {4: 8, 6: 19}  # prefix lengths; whatever is wider would block a good part of the internet
MOST = 1_000  # addresses in one request: with a real firewall action that is ten seconds


def follow(*, server: Server, held: Held) -> int:
    """Store what is new since the last time; returns how many bans were new. Raises our own errors."""
    cursor, _made = Cursor.objects.get_or_create(server=server)
    stored = 0
    for rows, reached in collect.new_rows(servers.agent_of(server=server), Place(cursor.rowid, cursor.since)):
        stored += store.batch(server=server, episodes=normalise.episodes(rows), place=reached, held=held)
    return stored


def ban(*, addresses: Sequence[str], jail: str | None, caller_address: str) -> int:
    """Ban addresses and networks in one jail, or in every running one; returns how many bans are new.

    All or nothing as far as can be known before: one address that may not be blocked refuses the call
    with ``AddressProtected``, one that cannot be read with ``AddressInvalid``.
    """
    wanted = _parsed(addresses)
    server = servers.local()
    _refuse_protected(wanted, server, caller_address)
    agent = servers.agent_of(server=server)
    jails = [jail] if jail else [state.name for state in agent.status().jails]
    return sum(agent.ban(jail=name, addresses=wanted).count for name in jails)


def unban(*, addresses: Sequence[str], jail: str | None) -> int:
    """Unban in one jail, or in every one; returns how many bans ended. History keeps them."""
    wanted = _parsed(addresses)
    server = servers.local()
    lifted = servers.agent_of(server=server).unban(jail=jail, addresses=wanted).count
    record_lifted(server=server, jail=jail, addresses=wanted, reason=LiftReason.MANUAL)
    return lifted


def record_lifted(*, server: Server, jail: str | None, addresses: Sequence[Network], reason: LiftReason) -> None:
    """Write the end of the bans that are active there. One statement, however many addresses."""
    rows = Ban.objects.filter(selectors.ACTIVE, server=server, address__in=addresses)
    if jail is not None:
        rows = rows.filter(jail=jail)
    rows.update(lifted_at=Now(), lift_reason=reason)


def _parsed(addresses: Sequence[str]) -> list[Network]:
    if not 1 <= len(addresses) <= MOST:
        raise InvalidInput(f"Name between 1 and {MOST} addresses.", given=len(addresses))
    return [networks.parse_network(address) for address in addresses]


def _refuse_protected(wanted: Sequence[Network], server: Server, caller_address: str) -> None:
    caller = networks.parse_network(caller_address)
    protected = servers.protected_networks(server=server)
    for network in wanted:
        reason = _reason_against(network, caller, protected)
        if reason:
            text = networks.text_of(network)
            raise AddressProtected(f"{text} may not be blocked: {reason}.", address=text, reason=reason)


def _reason_against(network: Network, caller: Network, protected: Protected) -> str | None:
    if network.prefixlen < WIDEST[network.version]:
        return f"it is wider than /{WIDEST[network.version]}"
    if networks.overlaps_any(network, [caller]):
        return f"{networks.text_of(caller)} is where you are calling from"
    return protected.reason_against(network)
