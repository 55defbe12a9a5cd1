"""One process that is kept running: what it is, and how it is started, listened to and ended."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from banguard.machine import call, say
from banguard.machine.call import OrdinaryUser
from banguard.machine.places import ROOT

_LONGEST_PAUSE = 30.0
_HURRIED = 1.0
_STEADY_AFTER = 60.0  # seconds after which an end counts as the first failure again


@dataclass(frozen=True)
class Service:
    """A process to keep running. Services stop in the order of their ``rank``, those of one rank together."""

    name: str
    command: tuple[str, ...]
    rank: int
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    user: OrdinaryUser | None = None
    folder: Path = ROOT
    stop_signal: int = signal.SIGTERM
    stop_seconds: float = 25.0
    log: Path | None = None  # where its output goes instead of the terminal
    hurries: bool = True
    may_end: bool = False  # exit code 0 means that a person ended it, and is respected

    def patience(self, *, hurried: bool) -> float:
        """Seconds after which it is killed; a person who asks twice waits for nothing but the database."""
        return min(self.stop_seconds, _HURRIED) if hurried and self.hurries else self.stop_seconds


class Child:
    """A service and the process that runs it now, if any."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.process: subprocess.Popen[bytes] | None = None
        self.due: float | None = None
        self.failures = 0
        self._started = 0.0
        self._killed = False
        self._rest = b""

    @property
    def running(self) -> bool:
        return self.process is not None

    def start(self) -> subprocess.Popen[bytes]:
        self.due, self._started, self._rest = None, time.monotonic(), b""
        service = self.service
        log = service.log.open("ab") if service.log else None
        try:
            self.process = call.spawn(
                service.command,
                output=log or subprocess.PIPE,
                environment=service.environment,
                user=service.user,
                folder=service.folder,
                when_orphaned=service.stop_signal,
            )
        finally:
            if log:
                log.close()
        return self.process

    def listen(self) -> bool:
        """Says what has come since; False when the output has ended. Call it only when there is something to read."""
        if self.process is None or self.process.stdout is None:
            return False
        read = os.read(self.process.stdout.fileno(), 1 << 16)
        *lines, self._rest = (self._rest + read).split(b"\n")
        if not read and self._rest:
            lines, self._rest = [self._rest], b""
        for line in lines:
            say.output(self.service.name, line.decode(errors="replace").rstrip())
        return bool(read)

    def bury(self, *, expected: bool) -> None:
        """Sweeps the group of a process that has ended and decides when it starts again."""
        if self.process is None:
            return
        call.kill_group(self.process.pid)
        if self.process.stdout:
            self.process.stdout.close()
        code, self.process = self.process.returncode, None
        if not expected:
            self._plan(code)

    def ask_to_stop(self) -> None:
        """To the process alone, not its group: gunicorn and qcluster let their workers finish what they have begun."""
        self.due = None
        if self.process:
            with suppress(ProcessLookupError):
                self.process.send_signal(self.service.stop_signal)

    def kill(self) -> None:
        if self.process and not self._killed:
            self._killed = True
            say.problem(f"{self.service.name} did not stop in time and is killed.")
            call.kill_group(self.process.pid)

    def _plan(self, code: int) -> None:
        name = self.service.name
        if code == 0 and self.service.may_end:
            say.plain(f"{name} was stopped by somebody and stays stopped.")
            return
        steady = time.monotonic() - self._started > _STEADY_AFTER
        self.failures = 1 if steady else self.failures + 1
        pause = min(2.0 ** (self.failures - 1), _LONGEST_PAUSE)
        self.due = time.monotonic() + pause
        say.problem(f"{name} ended unexpectedly ({_explained(code)}); it starts again in {pause:.0f} s.")


def _explained(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"
