"""Whether this worker has been told to stop. Long tasks ask at their safe steps, and hand back what is left.

django-q2 lets running tasks finish and tells them nothing, so an import of minutes would be killed when the patience
of systemd or of the supervisor ends. The flag lies in memory that a worker shares with the processes it forks; it
has no lock, so that a killed child cannot leave one behind.
"""

from __future__ import annotations

import ctypes
from multiprocessing.sharedctypes import RawValue

from banguard.core.errors import WorkerStopping

_told = RawValue(ctypes.c_bool, False)


def tell() -> None:
    """From now on every task of this worker hands back at its next safe step."""
    _told.value = True


def check() -> None:
    """Raise ``WorkerStopping`` once the worker was told to stop. Costs nothing: call it between any two steps."""
    if _told.value:
        raise WorkerStopping("The worker is stopping; another one goes on with this.")
