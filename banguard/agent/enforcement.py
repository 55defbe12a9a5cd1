"""What the agent blocks by lists, in the kernel's sets and in Fail2ban's blocklist jail, and how it takes that back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

import structlog

from banguard.agent.kernel_sets import KernelSets
from banguard.agent.kernel_verbs import Trial
from banguard.agent.shelf import Shelf
from banguard.agent.switch import Switch
from banguard.core import networks
from banguard.core.errors import BanGuardError
from banguard.core.networks import Network
from banguard.core.packed import Packed
from banguard.fail2ban.values import BLOCKLIST_JAIL
from banguard.firewall.values import Kernel

BEFORE, ADDED = "kernel-before", "jail-added"  # on the shelf, while a trial is armed
log = structlog.get_logger("banguard.agent")


class Unbanning(Protocol):
    def unban(self, jail: str | None, addresses: list[Network]) -> int: ...


class Enforcement:
    """``jail_held`` tells what the firewall holds of a jail, given its actions; None when that cannot be known."""

    def __init__(
        self,
        server: Unbanning,
        choose: Callable[[], Kernel],
        jail_held: Callable[[str, Sequence[str]], Packed | None],
        shelf: Shelf,
    ) -> None:
        self._server, self._shelf = server, shelf
        self.jail_held = jail_held
        self.sets = KernelSets(choose, shelf)
        self.switch = Switch(shelf, undo=self._take_back, forget=self._forget)

    @contextmanager
    def replacing(self, trial: Trial | None) -> Iterator[None]:
        """The block in which the kernel's sets are replaced, under a trial or none."""
        with self.switch.under(trial):
            if trial and self._shelf.read(BEFORE) is None:
                self._shelf.put(BEFORE, self.sets.now())
            yield

    @contextmanager
    def banning(self, trial: Trial | None, addresses: Sequence[Network]) -> Iterator[None]:
        """The block in which the blocklist jail bans some more."""
        with self.switch.under(trial):
            if trial:
                more = "".join(f"{networks.text_of(address)}\n" for address in addresses)
                self._shelf.write(ADDED, (self._shelf.read(ADDED) or b"") + more.encode("ascii"))
            yield

    def resume(self) -> None:
        """After a start: an armed trial goes on, and sets that are gone are put back."""
        self.switch.resume()
        try:
            self.sets.restore()
        except BanGuardError as error:
            log.warning("kernel_sets_not_restored", error_code=error.code, reason=error.message)

    def resume_soon(self) -> None:
        """The same beside the calls that come meanwhile: a million networks take five seconds."""
        threading.Thread(target=self.resume, daemon=True).start()

    def _take_back(self) -> None:
        if (before := self._shelf.checked(BEFORE)) is not None:
            self.sets.let_in(before)
        if added := self._shelf.read(ADDED):
            self._server.unban(BLOCKLIST_JAIL, [networks.parse_network(text) for text in added.decode().split()])

    def _forget(self) -> None:
        self._shelf.drop(BEFORE)
        self._shelf.drop(ADDED)
