"""A Python program in a child process that can neither outlive its time nor eat the machine.

Wall clock, processor time, memory, open files and the size of what it prints are limited; it runs in a session
of its own with nothing of our environment, and as root's child under a user id that nobody else has.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from banguard.core.errors import Unavailable

SYSTEM_PYTHON = Path("/usr/bin/python3")  # the one that Fail2ban is installed for
_UNUSED_IDS = range(61_184, 65_520)  # set aside on Linux for users that live as long as one service
_PRELUDE = """
import json, os, resource, sys
os.nice(10)
for name, value in json.loads(sys.argv[1]).items():
    resource.setrlimit(getattr(resource, name), (value, value))
"""


@dataclass(frozen=True)
class Limits:
    """``seconds`` of wall clock; processor time is the next whole second. ``memory`` and ``output`` in bytes."""

    seconds: float
    memory: int = 512 * 1024 * 1024
    output: int = 16 * 1024 * 1024


@dataclass(frozen=True)
class Ended:
    """How a child ended: its exit code (negative: the signal), what it printed, and whether its time was up."""

    code: int
    output: bytes
    complaint: str
    timed_out: bool

    @property
    def well(self) -> bool:
        return self.code == 0 and not self.timed_out


def unused_user() -> int | None:
    """A user id that owns nothing, for a child of root; None when we are not root ourselves."""
    return random.choice(_UNUSED_IDS) if os.geteuid() == 0 else None  # noqa: S311 - not a secret


def run(source: str, data: object, *, limits: Limits, python: Path = SYSTEM_PYTHON, user: int | None = None) -> Ended:
    """Run the program ``source`` with ``data`` as JSON on its standard input. Raises ``Unavailable``."""
    order = [str(python), "-I", "-c", _PRELUDE + source, json.dumps(_resources(limits))]
    identity = {} if user is None else {"user": user, "group": user, "extra_groups": []}
    with tempfile.TemporaryFile() as printed, tempfile.TemporaryFile() as said:
        try:
            child = subprocess.Popen(  # type: ignore[call-overload]  # noqa: S603 - our own program, no shell
                order,
                stdin=subprocess.PIPE,
                stdout=printed,
                stderr=said,
                cwd="/",
                env={"PATH": os.defpath, "LANG": "C.UTF-8"},
                start_new_session=True,
                **identity,
            )
        except OSError as error:
            raise Unavailable(f"{python} cannot be run: {error.strerror}.", program=str(python)) from error
        timed_out = _wait(child, json.dumps(data).encode(), limits.seconds)
        printed.seek(0)
        said.seek(0)
        return Ended(child.returncode, printed.read(limits.output + 1), _last_words(said.read(65_536)), timed_out)


def _wait(child: subprocess.Popen[bytes], data: bytes, seconds: float) -> bool:
    try:
        child.communicate(data, timeout=seconds)
    except subprocess.TimeoutExpired:
        _kill(child)
        child.communicate()
        return True
    _kill(child)  # what it may have left behind
    return child.returncode in {-signal.SIGXCPU, -signal.SIGKILL}


def _kill(child: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _resources(limits: Limits) -> dict[str, int]:
    return {
        "RLIMIT_CPU": int(limits.seconds) + 1,
        "RLIMIT_AS": limits.memory,
        "RLIMIT_FSIZE": limits.output,
        "RLIMIT_NOFILE": 256,
        "RLIMIT_CORE": 0,
    }


def _last_words(said: bytes) -> str:
    return said.decode("utf-8", "replace").strip()[-1_000:]
