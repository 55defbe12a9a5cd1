"""Which back end this machine's kernel offers."""

from __future__ import annotations

from contextlib import suppress

from banguard.core.errors import FirewallUnavailable
from banguard.firewall.ipset import Ipset
from banguard.firewall.nftables import Nftables
from banguard.firewall.values import Kernel

KINDS: tuple[type[Ipset] | type[Nftables], ...] = (Ipset, Nftables)  # the best one first


def kernel() -> Kernel:
    """The first that works here. Raises ``FirewallUnavailable`` that says for each why it does not."""
    reasons = []
    for kind in KINDS:
        candidate = kind()
        try:
            candidate.try_out()
        except FirewallUnavailable as error:
            reasons.append(error.message)
        else:
            _retire_others(candidate)
            return candidate
    raise FirewallUnavailable(f"No sets can be kept in this machine's kernel. {' '.join(reasons)}", reasons=reasons)


def _retire_others(kept: Kernel) -> None:
    """Take away what another back end left, from when ``kept`` was not there yet: it would go on blocking."""
    for other in (kind() for kind in KINDS if not isinstance(kept, kind)):
        with suppress(FirewallUnavailable):
            if other.found().in_force:
                other.remove()
