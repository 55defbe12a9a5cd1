"""Making Fail2ban's blocklist jail hold what is wanted, and nothing else.

A reconciler: it compares with what the jail holds now, so it may be stopped anywhere and run again. A step
is small, because Fail2ban answers nobody else while it carries out a command.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from banguard.agent.client import AgentCalls
from banguard.agent.verbs import BLOCKLIST_JAIL
from banguard.blocklists.values import Change
from banguard.core import networks
from banguard.core.errors import Fail2banRefused
from banguard.core.fences import Fence
from banguard.core.networks import Network

STEP = 200  # networks; two seconds with a real firewall action


@dataclass(frozen=True)
class Step:
    """One thing done: ``lifted`` are no longer blocked, or ``done`` more are."""

    done: int
    lifted: tuple[Network, ...] = ()


def is_laid(agent: AgentCalls) -> bool:
    """Whether the server runs the jail."""
    return BLOCKLIST_JAIL in {jail.name for jail in agent.status().jails}


def blocked(agent: AgentCalls, fence: Fence) -> list[str]:
    """What the jail holds now; the jail is laid down and loaded first if it is not there."""
    agent.lay_blocklist_jail(fence=fence)
    return [networks.text_of(network) for network in agent.banned(jail=BLOCKLIST_JAIL).addresses]


def steps(agent: AgentCalls, change: Change, fence: Fence) -> Iterator[Step]:
    """Carry ``change`` out step by step. What goes, goes first: Fail2ban's sets refuse what overlaps.

    Raises ``LockLost`` as soon as the agent has seen a newer token than the fence's.
    """
    for part in _parts(change.remove):
        agent.unban(jail=BLOCKLIST_JAIL, addresses=part, fence=fence)
        yield Step(done=len(part), lifted=tuple(part))
    for part in _parts(change.add):
        agent.ban(jail=BLOCKLIST_JAIL, addresses=part, fence=fence)
        yield Step(done=len(part))


def verify(agent: AgentCalls, wanted: Sequence[str]) -> int:
    """How many networks the jail holds. Raises ``Fail2banRefused`` if they are not the wanted ones."""
    actual = [networks.text_of(network) for network in agent.banned(jail=BLOCKLIST_JAIL).addresses]
    missing, extra = set(wanted).difference(actual), set(actual).difference(wanted)
    if missing or extra:
        raise Fail2banRefused(
            f"Fail2ban's jail differs from what was asked: {len(missing)} missing, {len(extra)} too many.",
            missing=sorted(missing)[:10],
            extra=sorted(extra)[:10],
        )
    return len(actual)


def _parts(texts: Sequence[str]) -> Iterator[list[Network]]:
    for start in range(0, len(texts), STEP):
        yield [networks.parse_network(text) for text in texts[start : start + STEP]]
