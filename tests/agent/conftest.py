"""An agent on a socket of its own, over a Fail2ban in memory or a real one."""

import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from banguard.agent.client import Agent
from banguard.agent.guarded import Guarded, guard
from banguard.agent.memory import MemoryAgent
from banguard.agent.server import AgentServer
from banguard.env import AgentEnvironment
from tests.fail2ban.private_server import RealFail2ban, running_fail2ban


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short, since a socket's path may have 107 bytes, and open to every user."""
    with tempfile.TemporaryDirectory(prefix="bg", dir="/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@contextmanager
def serving(path: Path, guarded: Guarded, **options: int) -> Iterator[AgentServer]:
    server = AgentServer(path, guarded, **options)
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join(timeout=60)


@pytest.fixture
def stand_in() -> MemoryAgent:
    """What the agent works on where no real server is wanted; tests arrange its ``fail2ban``."""
    return MemoryAgent("sshd", "nginx")


@pytest.fixture
def start(folder: Path, stand_in: MemoryAgent) -> Iterator[Callable[..., Path]]:
    """Call it to have an agent run until the test ends; keywords replace parts of what it guards, or set options."""
    with ExitStack() as running:

        def run(**options) -> Path:
            parts = {name: options.pop(name) for name in ("server", "bans", "read_machine") if name in options}
            running.enter_context(serving(folder / "a.sock", replace(stand_in.guarded, **parts), **options))
            return folder / "a.sock"

        yield run


@pytest.fixture
def agent(start: Callable[..., Path]) -> Agent:
    return Agent(start(), timeout=30)


@pytest.fixture(scope="session")
def real_fail2ban() -> Iterator[RealFail2ban]:
    with running_fail2ban() as server:
        yield server


@pytest.fixture
def real_agent(real_fail2ban: RealFail2ban, folder: Path) -> Iterator[Agent]:
    environment = AgentEnvironment.model_validate(
        {
            "BANGUARD_AGENT_SOCKET": folder / "a.sock",
            "BANGUARD_FAIL2BAN_SOCKET": real_fail2ban.socket_path,
            "BANGUARD_FAIL2BAN_CONFIG_DIR": real_fail2ban.config_dir,
            "BANGUARD_FAIL2BAN_DATABASE": real_fail2ban.database_path,
        }
    )
    with serving(environment.agent_socket, guard(environment)):
        yield Agent(environment.agent_socket, timeout=30)
