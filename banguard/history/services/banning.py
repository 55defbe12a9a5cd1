"""Banning and unbanning by hand, through the server."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from banguard.accounts import services as accounts
from banguard.agent.client import Agent
from banguard.agent.verbs import BLOCKLIST_JAIL
from banguard.core import networks
from banguard.core.errors import AddressProtected, InvalidInput, JailUnknown
from banguard.core.networks import Network
from banguard.history.services.ends import record_unbans
from banguard.servers import services as servers
from banguard.servers.models import Server
from banguard.servers.values import Protected

MOST = 1_000  # addresses in one request: with a real firewall action that is ten seconds


def ban(*, addresses: Sequence[str], jail: str | None, caller_address: str) -> int:
    """Ban addresses and networks in one jail, or in every running one but the blocklists'; returns how many are new.

    All or nothing as far as can be known before: one address that may not be blocked refuses the call
    with ``AddressProtected``, one that cannot be read with ``AddressInvalid``.
    """
    with accounts.told(action="ban", target=_told(addresses, jail), outside=True) as change:
        wanted = _parsed(addresses)
        server = servers.local()
        _refuse_protected(wanted, server, caller_address)
        agent = servers.agent_of(server=server)
        count = sum(agent.ban(jail=name, addresses=wanted).count for name in _jails_to_ban_in(agent, jail))
        change.after = {"addresses": addresses, "jail": jail, "count": count}
    return count


def unban(*, addresses: Sequence[str], jail: str | None) -> int:
    """Unban in one jail, or in every one; returns how many bans ended. History keeps them."""
    with accounts.told(action="unban", target=_told(addresses, jail), outside=True) as change:
        wanted = _parsed(addresses)
        server = servers.local()
        lifted = servers.agent_of(server=server).unban(jail=jail, addresses=wanted).count
        with transaction.atomic():
            record_unbans(server=server, jail=jail, networks=wanted)
        change.after = {"addresses": addresses, "jail": jail, "count": lifted}
    return lifted


def _told(addresses: Sequence[str], jail: str | None) -> str:
    shown = accounts.named(addresses)
    return f"{shown} in {jail}" if jail else f"{shown} in every jail"


def _jails_to_ban_in(agent: Agent, jail: str | None) -> list[str]:
    if jail == BLOCKLIST_JAIL:
        raise InvalidInput(
            f"What the jail {BLOCKLIST_JAIL} holds is what the blocklists hold: ban in another.", jail=jail
        )
    if jail is not None:
        return [jail]
    running = [state.name for state in agent.status().jails if state.name != BLOCKLIST_JAIL]
    if not running:
        raise JailUnknown("Fail2ban runs no jail to ban in.")
    return running


def _parsed(addresses: Sequence[str]) -> list[Network]:
    if not 1 <= len(addresses) <= MOST:
        raise InvalidInput(f"Name between 1 and {MOST} addresses.", given=len(addresses))
    return [networks.parse_network(address) for address in addresses]


def _refuse_protected(wanted: Sequence[Network], server: Server, caller_address: str) -> None:
    caller = [networks.parse_network(caller_address)] if caller_address else []  # none: through a Unix socket
    protected = servers.protected_networks(server=server)
    for network in wanted:
        reason = _reason_against(network, caller, protected)
        if reason:
            text = networks.text_of(network)
            told = f"{text} may not be blocked: {reason}."
            if network.num_addresses > 1:
                told = f"{text} may not be blocked: {reason}. A ban by hand is not split around it."
            raise AddressProtected(told, address=text, reason=reason)


def _reason_against(network: Network, caller: Sequence[Network], protected: Protected) -> str | None:
    if network.prefixlen < networks.WIDEST[network.version]:
        return f"it is wider than /{networks.WIDEST[network.version]}"
    if networks.overlaps_any(network, caller):
        return f"{networks.text_of(caller[0])} is where you are calling from"
    return protected.reason_against(network)
