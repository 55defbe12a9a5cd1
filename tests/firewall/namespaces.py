"""Network namespaces: firewalls of our own, which nobody else's packets pass."""

from __future__ import annotations

import contextlib
import ctypes
import os
import subprocess
from collections.abc import Iterator

CLONE_NEWNET = 0x40000000


def require_root() -> None:
    if os.geteuid() != 0:
        raise RuntimeError("NOT ROOT: kernel sets cannot be tested")


@contextlib.contextmanager
def namespace() -> Iterator[None]:
    """This thread, and the programs and threads it starts, live in a new network namespace until the block ends."""
    require_root()
    libc = ctypes.CDLL(None, use_errno=True)
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        if libc.unshare(CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "unshare")
        sh("ip link set lo up")
        yield
    finally:
        libc.setns(home, CLONE_NEWNET)
        os.close(home)


def sh(order: str, *, check: bool = True) -> str:
    done = subprocess.run(order.split(), capture_output=True, text=True, check=False, timeout=60)
    if check and done.returncode:
        raise RuntimeError(f"{order}: {done.stderr}")
    return done.stdout
