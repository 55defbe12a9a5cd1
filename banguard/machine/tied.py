"""Runs a command that dies with its parent: ``tied.py PARENT SIGNAL UID GID PROGRAM ARGUMENT...``.

A file of its own rather than a ``preexec_fn``: power must be dropped first (dropping it forgets the
tie), and the ordinary user need not be able to execute the Python that does it. ``UID`` -1 keeps power.
"""

from __future__ import annotations

import ctypes
import os
import sys

_PR_SET_PDEATHSIG = 1


def drop_power(uid: int, gid: int) -> None:
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)


def tie(parent: int, number: int) -> None:
    """Asks the kernel (Linux) to send ``number`` when the parent ends; ends here if it has ended already."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:
        sys.exit(1)


def main(arguments: list[str]) -> None:
    parent, number, uid, gid = map(int, arguments[:4])
    command = arguments[4:]
    drop_power(uid, gid)  # from here on nothing may be imported: this Python may now be out of reach
    tie(parent, number)
    try:
        os.execv(command[0], command)  # noqa: S606
    except OSError as error:
        sys.exit(f"{command[0]} cannot be run: {error.strerror}")


if __name__ == "__main__":
    main(sys.argv[1:])
