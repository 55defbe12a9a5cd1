"""Making Fail2ban's blocklist jail hold what is wanted, and nothing else.

A reconciler: it compares with what the jail holds now, so it may be stopped anywhere and run again. A step
is small, because Fail2ban answers nobody else while it carries out a command; after each the firewall itself is
looked through where that is possible, since Fail2ban counts what it was told and not what took effect.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from banguard.agent.client import AgentCalls
from banguard.agent.verbs import BLOCKLIST_JAIL
from banguard.blocklists import diff
from banguard.blocklists.values import Change, Order, Standing, Step
from banguard.core import networks, packed, ranges
from banguard.core.errors import Fail2banRefused, FeedTooLarge
from banguard.core.networks import Network
from banguard.core.ranges import Ranges

STEP = 200  # networks; two seconds with a real firewall action
MOST = 50_000  # networks; with a real firewall action every thousand take ten seconds


def standing(agent: AgentCalls) -> Standing:
    """Nothing is known of it without comparing, which costs little at its size."""
    return Standing()


def is_there(agent: AgentCalls) -> bool:
    """Whether the server runs the jail."""
    return BLOCKLIST_JAIL in {jail.name for jail in agent.status().jails}


def steps(agent: AgentCalls, wanted: Ranges, order: Order) -> Iterator[Step]:
    """Bring the jail there, step by step. What goes, goes first: Fail2ban's sets refuse what overlaps.

    Raises ``FeedTooLarge``, and ``LockLost`` as soon as the agent has seen a newer token than the order's.
    """
    texts = _fitting(wanted)
    agent.lay_blocklist_jail(fence=order.fence)
    held = agent.banned(jail=BLOCKLIST_JAIL).addresses
    change = diff.diff(wanted=texts, actual=[networks.text_of(network) for network in held])
    yield Step(0, len(change), held=held)
    yield from _carried_out(agent, change, order)
    _verify(agent, texts)
    missing, left = _differences(agent, texts)
    yield Step(len(change), len(change), problem=_explained(missing, left))


def _fitting(wanted: Ranges) -> tuple[str, ...]:
    if len(wanted) > MOST:
        raise FeedTooLarge(
            f"All lists together are {len(wanted)} networks; Fail2ban takes them one by one, so a jail is for at most "
            f"{MOST}. Enforce the large ones in the kernel's sets instead.",
            networks=len(wanted),
            limit=MOST,
        )
    return tuple(ranges.texts(wanted))


def _carried_out(agent: AgentCalls, change: Change, order: Order) -> Iterator[Step]:
    done = 0
    for part in _parts(change.remove):
        agent.unban(jail=BLOCKLIST_JAIL, addresses=part, fence=order.fence)
        done += len(part)
        yield Step(done, len(change), lifted=tuple(part))
    for part in _parts(change.add):
        agent.ban(jail=BLOCKLIST_JAIL, addresses=part, fence=order.fence, trial=order.trial)
        done += len(part)
        missing, _ = _differences(agent, [networks.text_of(network) for network in part])
        yield Step(done, len(change), problem=_explained(missing, []))


def _verify(agent: AgentCalls, wanted: Sequence[str]) -> None:
    """Raise ``Fail2banRefused`` if the jail does not hold the wanted ones and no others."""
    actual = [networks.text_of(network) for network in agent.banned(jail=BLOCKLIST_JAIL).addresses]
    missing, extra = set(wanted).difference(actual), set(actual).difference(wanted)
    if missing or extra:
        raise Fail2banRefused(
            f"Fail2ban's jail differs from what was asked: {len(missing)} missing, {len(extra)} too many.",
            missing=sorted(missing)[:10],
            extra=sorted(extra)[:10],
        )


def _differences(agent: AgentCalls, wanted: Sequence[str]) -> tuple[list[str], list[str]]:
    """Which of ``wanted`` the firewall does not drop, and what else it drops; nothing where it is not known."""
    found = agent.jail_in_firewall(BLOCKLIST_JAIL)
    if found is None:
        return [], []
    dropped = networks.union_by_version(packed.unpack(found))
    asked = networks.union_by_version(packed.unpack(packed.pack_texts(wanted)))
    missing = packed.pack({version: networks.subtract(asked[version], dropped[version]) for version in networks.BITS})
    left = packed.pack({version: networks.subtract(dropped[version], asked[version]) for version in networks.BITS})
    return _texts(missing), _texts(left)


def _texts(found: packed.Packed) -> list[str]:
    return [text for version in networks.BITS for text in packed.texts(found.of(version), version)]


def _explained(missing: list[str], left: list[str]) -> str:
    parts = []
    if missing:
        parts.append(
            f"Fail2ban counts them as banned, but its firewall does not hold {len(missing)} of them, such as "
            f"{missing[0]}: many of its actions take no networks. Enforce them in the kernel's sets instead."
        )
    if left:
        parts.append(f"Its firewall still holds {len(left)} that are no longer wanted, such as {left[0]}.")
    return " ".join(parts)


def _parts(texts: Sequence[str]) -> Iterator[list[Network]]:
    for start in range(0, len(texts), STEP):
        yield [networks.parse_network(text) for text in texts[start : start + STEP]]
