"""Whether a list can be enforced the way somebody wants, told before anything is tried."""

from __future__ import annotations

from banguard.blocklists import enforce_jail, selectors
from banguard.blocklists.models import Source
from banguard.blocklists.values import Enforcement
from banguard.core.errors import BanGuardError
from banguard.servers import services as servers

PER_SECOND = 100  # networks that Fail2ban takes, with a real firewall's action


def kernel_problem() -> str:
    """Why no kernel sets can be kept on the guarded machine now; empty when they can. Asks the agent."""
    try:
        return servers.agent_of(server=servers.local()).kernel().problem
    except BanGuardError as error:
        return error.message


def means_of(source: Source, *, networks: int) -> dict[str, object]:
    """What enforcing ``networks`` of this source takes, beside what the others hold: ``networks`` together,
    ``seconds`` for which a jail is busy, ``most`` that it takes, and the ``problem`` of the kernel's sets."""
    together = networks + selectors.held_in(enforcement=source.enforcement, but=source)
    in_jail = source.enforcement == Enforcement.JAIL
    return {
        "enforcement": source.enforcement,
        "networks": together,
        "seconds": together // PER_SECOND if in_jail else 0,
        "most": enforce_jail.MOST if in_jail else 0,
        "problem": kernel_problem() if source.enforcement == Enforcement.KERNEL else "",
    }
