"""What the agent can be asked about the kernel's sets, and told to do with them.

A list comes in parts (``core.packed``, in base64), each on a line of its own, and is enforced by a call of its own
that names the digest of the whole. ``Trial``: what is done under one is taken back by the agent itself unless
``keep_trial`` comes in time.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Base64Bytes, Field, StringConstraints

from banguard.agent.messages import Fenced, JailName, Message, Nothing

PART = 1_500_000  # bytes of packed networks in one part
MOST_PARTS = 64

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Records = Annotated[Base64Bytes, Field(max_length=2 * PART)]
TrialState = Literal["none", "armed", "kept", "taken_back"]


class Trial(Message):
    """``seconds`` count from the last thing done under it."""

    number: Annotated[int, Field(ge=1)]
    seconds: Annotated[int, Field(ge=5, le=3_600)]


class KernelArguments(Message):
    """``exact``: read the sets through, though it takes a second for a million networks."""

    exact: bool = False


class KernelHeld(Message):
    """``problem``: why no sets can be kept here, else empty. ``digest``: of what they hold, empty when not known.
    ``packets`` and ``octets``: dropped since the rules were made; ``packets6`` and ``octets6``: of those, by IPv6."""

    backend: str = ""
    problem: str = ""
    in_force: bool = False
    ipv4: int = 0
    ipv6: int = 0
    packets: int = 0
    octets: int = 0
    packets6: int = 0
    octets6: int = 0
    digest: str = ""


class SendArguments(Fenced):
    """``part`` counts from 0, which begins anew."""

    part: Annotated[int, Field(ge=0, lt=MOST_PARTS)]
    v4: Records = b""
    v6: Records = b""


class EnforceArguments(Fenced):
    """``rehearse``: do all but the last step."""

    digest: Digest
    rehearse: bool = False
    trial: Trial | None = None


class RemoveArguments(Fenced):
    """Nothing else."""


class KeepArguments(Fenced):
    number: int


class TrialHeld(Message):
    """``remaining``: seconds until it is taken back, when it is armed."""

    number: int = 0
    state: TrialState = "none"
    remaining: float = 0


class FirewallArguments(Message):
    jail: JailName


class FirewallHeld(Message):
    """What the firewall holds of a jail. ``known``: whether its actions could be looked through."""

    known: bool
    v4: Base64Bytes = b""
    v6: Base64Bytes = b""


VERBS: dict[str, tuple[type[Message], type[Message]]] = {
    "kernel": (KernelArguments, KernelHeld),
    "send_networks": (SendArguments, Nothing),
    "enforce_networks": (EnforceArguments, KernelHeld),
    "remove_networks": (RemoveArguments, KernelHeld),
    "trial": (Nothing, TrialHeld),
    "keep_trial": (KeepArguments, TrialHeld),
    "jail_in_firewall": (FirewallArguments, FirewallHeld),
}
