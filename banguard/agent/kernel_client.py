"""Calling the agent about the kernel's sets and what it takes back by itself: a part of ``agent.client``."""

from __future__ import annotations

import base64
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import TypeVar

from banguard.agent import kernel_verbs as verbs
from banguard.agent.messages import Message, Nothing
from banguard.core.fences import Fence
from banguard.core.packed import SIZES, Packed

M = TypeVar("M", bound=Message)
SECONDS_PER_NETWORK = 1 / 5_000  # added to the timeout of a call; a quiet machine takes a fortieth of it
SECONDS_FOR_A_TURN = 30.0  # while the agent takes something back, or restores a set


class KernelCalls(ABC):
    @abstractmethod
    def ask(self, verb: str, arguments: Message, expected: type[M], *, extra_seconds: float = 0) -> M: ...

    def kernel(self, *, exact: bool = False) -> verbs.KernelHeld:
        """What the kernel's sets hold, or why there can be none. ``exact``: with the digest, whatever it costs."""
        return self.ask("kernel", verbs.KernelArguments(exact=exact), verbs.KernelHeld, extra_seconds=60)

    def enforce_networks(
        self,
        wanted: Packed,
        *,
        fence: Fence | None = None,
        trial: verbs.Trial | None = None,
        rehearse: bool = False,
    ) -> verbs.KernelHeld:
        """Have the kernel drop what comes from exactly these networks. When it fails, what was in force still is."""
        for number, part in enumerate(_parts(wanted)):
            sent = verbs.SendArguments(fence=fence, part=number, v4=_coded(part.v4), v6=_coded(part.v6))
            self.ask("send_networks", sent, Nothing, extra_seconds=SECONDS_FOR_A_TURN)
        order = verbs.EnforceArguments(fence=fence, digest=wanted.digest, rehearse=rehearse, trial=trial)
        seconds = SECONDS_FOR_A_TURN + len(wanted) * SECONDS_PER_NETWORK
        return self.ask("enforce_networks", order, verbs.KernelHeld, extra_seconds=seconds)

    def remove_networks(self, *, fence: Fence | None = None) -> verbs.KernelHeld:
        """Take BanGuard's sets and rules out of the kernel."""
        arguments = verbs.RemoveArguments(fence=fence)
        return self.ask("remove_networks", arguments, verbs.KernelHeld, extra_seconds=SECONDS_FOR_A_TURN)

    def trial(self) -> verbs.TrialHeld:
        """The newest trial and how it stands."""
        return self.ask("trial", Nothing(), verbs.TrialHeld, extra_seconds=SECONDS_FOR_A_TURN)

    def keep_trial(self, number: int, *, fence: Fence | None = None) -> verbs.TrialHeld:
        """Confirm a trial. The answer says whether it was in time: ``kept`` or ``taken_back``."""
        arguments = verbs.KeepArguments(number=number, fence=fence)
        return self.ask("keep_trial", arguments, verbs.TrialHeld, extra_seconds=SECONDS_FOR_A_TURN)

    def jail_in_firewall(self, jail: str) -> Packed | None:
        """What the firewall really holds of a jail; None where its actions cannot be looked through."""
        arguments = verbs.FirewallArguments(jail=jail)
        held = self.ask("jail_in_firewall", arguments, verbs.FirewallHeld, extra_seconds=SECONDS_FOR_A_TURN)
        return Packed(held.v4, held.v6) if held.known else None


def _parts(wanted: Packed) -> Iterator[Packed]:
    """At least one, so that an empty list is a list too."""
    yield from (Packed(v4=records) for records in _slices(wanted.v4, 4))
    yield from (Packed(v6=records) for records in _slices(wanted.v6, 6))
    if not wanted:
        yield Packed()


def _slices(records: bytes, version: int) -> Iterator[bytes]:
    step = verbs.PART // SIZES[version] * SIZES[version]
    return (records[at : at + step] for at in range(0, len(records), step))


def _coded(records: bytes) -> bytes:
    return base64.b64encode(records)
