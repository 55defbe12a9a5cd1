"""The kernel's sets as the agent keeps them: a list that comes in parts, what is in force, and what was before."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

import structlog

from banguard.agent.kernel_verbs import KernelHeld
from banguard.agent.shelf import Shelf
from banguard.core import packed
from banguard.core.errors import AddressProtected, Conflict, FirewallRefused, FirewallUnavailable
from banguard.core.networks import Network, text_of
from banguard.core.packed import Packed
from banguard.firewall.values import Kernel

IN_FORCE = "kernel-in-force"  # on the shelf: what the sets were filled with last; absent while they are being filled
log = structlog.get_logger("banguard.agent")


class KernelSets:
    """``choose`` finds the back end; it is asked until it finds one, so that an ``ipset`` installed later is used."""

    def __init__(self, choose: Callable[[], Kernel], shelf: Shelf) -> None:
        self._choose, self._shelf = choose, shelf
        self._kernel: Kernel | None = None
        self._parts: list[Packed] = []
        self._turn = threading.RLock()

    def receive(self, number: int, part: Packed) -> None:
        """One part of a list. Raises ``Conflict`` for one that does not follow the last."""
        with self._turn:
            if number == 0:
                self._parts.clear()
            if number != len(self._parts):
                raise Conflict(f"Part {number} came, but part {len(self._parts)} is next; begin anew.", part=number)
            self._parts.append(part)

    def take_received(self, digest: str) -> Packed:
        """The list that came in parts. Raises ``Conflict`` when it is not the one of ``digest``."""
        with self._turn:
            whole = Packed(b"".join(part.v4 for part in self._parts), b"".join(part.v6 for part in self._parts))
            self._parts.clear()
        if whole.digest != digest:
            raise Conflict("What came in parts is not the list that is to be enforced; send it again.")
        return packed.check(whole)

    def held(self, *, exact: bool = False) -> KernelHeld:
        """What is in force. Where no sets can be kept it says why."""
        try:
            kernel = self._found()
            found = kernel.found()
            digest = kernel.contents().digest if exact else self._remembered((found.ipv4, found.ipv6))
        except FirewallUnavailable as error:
            return KernelHeld(problem=error.message)
        return KernelHeld(
            backend=kernel.name,
            in_force=found.in_force,
            ipv4=found.ipv4,
            ipv6=found.ipv6,
            packets=found.packets,
            octets=found.octets,
            packets6=found.packets6,
            octets6=found.octets6,
            digest=digest if found.in_force else "",
        )

    def rehearse(self, wanted: Packed) -> None:
        with self._turn:
            self._found().rehearse(wanted)

    def replace(self, wanted: Packed, *, never: Iterable[Network] = ()) -> None:
        """Enforce ``wanted``. Raises ``AddressProtected`` when it holds any of ``never``."""
        if shared := packed.first_shared(wanted, never):
            raise AddressProtected(f"The list holds {text_of(shared)}, which this machine lives by.")
        with self._turn:
            kernel = self._found()
            self._shelf.drop(IN_FORCE)  # nothing is known for sure until the kernel has answered
            kernel.replace(wanted)
            self._shelf.put(IN_FORCE, wanted)

    def remove(self) -> None:
        with self._turn:
            self._shelf.drop(IN_FORCE)
            self._found().remove()

    def now(self) -> Packed:
        """What is in force, read from the kernel if that is the only way to know. Empty for nothing."""
        kernel = self._found()
        found = kernel.found()
        if not found.in_force:
            return Packed()
        kept = self._shelf.get(IN_FORCE)
        return kept if kept and kept.counts == {4: found.ipv4, 6: found.ipv6} else kernel.contents()

    def restore(self) -> None:
        """Put back what was in force when a restart of the machine, or somebody, took it away."""
        with self._turn:
            kept = self._shelf.checked(IN_FORCE)
            if kept is not None and not self._found().found().in_force:
                self.replace(kept)
                log.info("kernel_sets_restored", networks=len(kept))

    def let_in(self, before: Packed) -> None:
        """Go back to ``before``; if even that is refused, block nobody."""
        try:
            self.replace(before) if before else self.remove()
        except FirewallRefused as error:
            log.error("kernel_sets_removed", reason=error.message)
            self.remove()

    def _found(self) -> Kernel:
        if self._kernel is None:
            self._kernel = self._choose()
        return self._kernel

    def _remembered(self, counts: tuple[int, int]) -> str:
        kept = self._shelf.get(IN_FORCE)
        return kept.digest if kept and tuple(kept.counts.values()) == counts else ""
