"""An agent over a Fail2ban in memory and a copy of the configuration that the package ships."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from banguard.agent.memory import MemoryAgent
from banguard.agent.server import AgentServer
from tests.fail2ban.private_server import NOOP, require_fail2ban

STOCK = Path("/etc/fail2ban")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    require_fail2ban()
    return Path(shutil.copytree(STOCK, tmp_path / "fail2ban"))


@pytest.fixture
def agent(tmp_path: Path, settings: Any, folder: Path) -> Iterator[MemoryAgent]:
    memory = MemoryAgent("sshd", "nginx", config_dir=folder)
    server = AgentServer(tmp_path / "agent.sock", memory.guarded)
    thread = threading.Thread(target=server.serve)
    thread.start()
    settings.AGENT_SOCKET = tmp_path / "agent.sock"
    yield memory
    server.stop()
    thread.join()


@pytest.fixture
def sshd_runs(folder: Path) -> None:
    """The files have sshd as the Fail2ban in memory runs it, and a log for it."""
    (folder / "auth.log").touch()
    (folder / "action.d/noop.conf").write_text(NOOP)
    own = f"[sshd]\nenabled = true\nbackend = polling\nlogpath = {folder}/auth.log\naction = noop\n"
    (folder / "jail.local").write_text(own)
