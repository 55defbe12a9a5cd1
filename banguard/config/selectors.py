"""Reading the configuration in force."""

from __future__ import annotations

from banguard.agent.verbs import Jail
from banguard.core.errors import JailUnknown
from banguard.servers import selectors as servers


def jails() -> list[Jail]:
    """Every jail, running or not, by name."""
    return servers.jails()


def jail(*, name: str) -> Jail:
    """The jail of this name. Raises ``JailUnknown``."""
    found = next((jail for jail in jails() if jail.name == name), None)
    if found is None:
        raise JailUnknown(f"There is no jail “{name[:64]}”.", jail=name[:64])
    return found
