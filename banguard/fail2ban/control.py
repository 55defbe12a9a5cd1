"""Starting, stopping and pausing one jail of a running server.

The server is never asked to load what it would choke on: a load that fails in the middle leaves the jail gone,
so the files are tried on a server that starts nothing first.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from banguard.core.errors import Conflict, Fail2banRefused
from banguard.fail2ban.client import Fail2ban
from banguard.fail2ban.loader import Loader
from banguard.fail2ban.readings import Readings
from banguard.fail2ban.resolution import Finding, Resolution
from banguard.fail2ban.undo import Loads

What = Literal["start", "stop", "restart", "reload", "idle", "busy"]
Control = Callable[[str, What], None]


class JailControl:
    """Call it with a jail's name and what to do. Raises ``JailUnknown`` for one that is not there, and ``Conflict``
    when the files will not do or do not enable it; the jail is then as it was."""

    def __init__(self, server: Fail2ban, loader: Loader, readings: Readings) -> None:
        self._server = server
        self._loader = loader
        self._readings = readings

    def __call__(self, jail: str, what: What) -> None:
        getattr(self, f"_{what}")(jail)

    def _stop(self, jail: str) -> None:
        self._server.stop(jail)

    def _idle(self, jail: str) -> None:
        self._server.idle(jail, on=True)

    def _busy(self, jail: str) -> None:
        self._server.idle(jail, on=False)

    def _start(self, jail: str) -> None:
        if jail not in self._server.jail_names():
            self._load(jail, restart=False)

    def _restart(self, jail: str) -> None:
        self._load(jail, restart=True)

    def _reload(self, jail: str) -> None:
        self._server.state(jail)
        # A plain reload would drop an action that is new to a running jail.
        wanted = self._readings.now().expected.get(jail)
        same = wanted is not None and sorted(wanted.actions) == sorted(self._server.actions(jail))
        self._load(jail, restart=not same)

    def _load(self, jail: str, *, restart: bool) -> None:
        refuse_unfit(self._readings.now(), jail)
        loads = Loads(restarted=(jail,)) if restart else Loads(touched=(jail,))
        self._loader.load(loads, self._server.jail_names())
        if jail not in self._server.jail_names():
            raise Fail2banRefused(f"Fail2ban said nothing, but does not run the jail {jail}.", jail=jail)


def refuse_unfit(files: Resolution, jail: str) -> None:
    """Raise ``Conflict`` unless the files enable ``jail`` and the server would take it as they have it."""
    faults = [found for found in files.errors if found.jail in (None, jail)]
    if faults:
        told = "; ".join(map(_told, faults[:3]))
        raise Conflict(f"Nothing was done, since the server would refuse what the files say: {told}", jail=jail)
    if jail not in files.expected:
        raise Conflict(f"The files do not enable the jail “{jail}”, so it cannot be loaded.", jail=jail)


def _told(finding: Finding) -> str:
    return f"{finding.option}: {finding.message}" if finding.option else finding.message
