"""Network namespaces: firewalls of our own, which nobody else's packets pass."""

from __future__ import annotations

import contextlib
import ctypes
import os
import subprocess
import sys
from collections.abc import Iterator

CLONE_NEWNET = 0x40000000
# Nobody listens at the door: a host that may knock is told so at once, one that is dropped hears nothing.
KNOCK = """
import socket, sys
knock = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
knock.settimeout(1.5)
knock.bind((sys.argv[1], 0))
try:
    knock.connect((sys.argv[2], 9))
except ConnectionRefusedError:
    print("heard")
except TimeoutError:
    print("dropped")
"""


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


def hears(outside: str, source: str, target: str) -> bool:
    """Whether what ``source``, an address of the namespace ``outside``, sends arrives at ``target``."""
    order = ["ip", "netns", "exec", outside, sys.executable, "-c", KNOCK, source, target]
    return subprocess.run(order, capture_output=True, text=True, check=True, timeout=60).stdout == "heard\n"
