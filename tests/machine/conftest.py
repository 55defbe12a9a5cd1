"""A data folder short enough for sockets, and a supervisor that leaves nothing behind."""

from __future__ import annotations

import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from banguard.machine import signals
from banguard.machine.supervise import Supervisor


@pytest.fixture
def data() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="banguard-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def supervisor(data: Path) -> Iterator[Supervisor]:
    running = Supervisor(data / "run" / "groups")
    yield running
    running.stop()


@pytest.fixture(autouse=True)
def signals_as_before() -> Iterator[None]:
    watched = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.getsignal(number) for number in watched]
    signals.forget()
    yield
    signals.forget()
    for number, handler in zip(watched, before, strict=True):
        signal.signal(number, handler)
