"""The one place that starts other programs. Each is tied to this process and leads a process group of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from banguard.machine import signals
from banguard.machine.places import ROOT

_TIED = Path(__file__).with_name("tied.py")


@dataclass(frozen=True)
class OrdinaryUser:
    """Whom a process of root's runs as instead."""

    uid: int
    gid: int
    name: str
    group: str
    home: str


@dataclass(frozen=True)
class Result:
    """``code`` is the exit code (negative: the signal), ``output`` both streams as they came."""

    code: int
    output: str

    @property
    def last_line(self) -> str:
        return (self.output.strip().splitlines() or [f"exit code {self.code}"])[-1]


def spawn(  # noqa: PLR0913
    command: Sequence[str],
    *,
    output: int | IO[bytes],
    environment: Mapping[str, str] | None = None,
    user: OrdinaryUser | None = None,
    folder: Path = ROOT,
    when_orphaned: int = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Starts ``command`` as ``user``; ``when_orphaned`` is the signal it gets if this process is killed."""
    uid, gid = (user.uid, user.gid) if user else (-1, -1)
    variables = dict(os.environ if environment is None else environment)
    if user:
        variables |= {"HOME": user.home, "USER": user.name, "LOGNAME": user.name}
    tie = [sys.executable, "-I", "-S", str(_TIED), str(os.getpid()), str(int(when_orphaned)), str(uid), str(gid)]
    program = shutil.which(command[0], path=variables.get("PATH")) or command[0]
    return subprocess.Popen(  # noqa: S603
        [*tie, program, *command[1:]],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=variables,
        cwd=folder,
        start_new_session=True,
    )


def run(
    command: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    user: OrdinaryUser | None = None,
    folder: Path = ROOT,
    seconds: float = 1800,
) -> Result:
    """Runs ``command`` to its end and keeps its output. Raises ``Stopped`` when a signal comes meanwhile."""
    process = spawn(command, output=subprocess.PIPE, environment=environment, user=user, folder=folder)
    deadline = time.monotonic() + seconds
    try:
        while True:
            with suppress(subprocess.TimeoutExpired):
                output, _ = process.communicate(timeout=0.2)
                return Result(process.returncode, output.decode(errors="replace"))
            signals.raise_if_stopped()
            if time.monotonic() > deadline:
                return Result(124, f"{command[0]} did not end within {seconds:.0f} s")
    finally:
        end(process)


def end(process: subprocess.Popen[bytes], seconds: float = 5) -> None:
    """Asks ``process`` to end, then kills it and all that is left of its group."""
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
    kill_group(process.pid)
    process.wait()


def kill_group(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def attached(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Runs ``command`` on this terminal and returns its exit code. Ctrl-C reaches it from the terminal itself."""
    process = subprocess.Popen(command, env=dict(environment), cwd=ROOT)  # noqa: S603
    forwarded = False
    while True:
        with suppress(subprocess.TimeoutExpired):
            return process.wait(0.2)
        if not forwarded and set(signals.received()) & {signal.SIGTERM, signal.SIGHUP}:
            forwarded = True
            process.send_signal(signal.SIGINT)
