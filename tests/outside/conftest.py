"""A whole BanGuard as ``script/server`` starts it, in a folder of its own, and a real browser."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page, expect

from banguard.accounts import services as accounts
from banguard.agent.server import AgentServer
from banguard.envtypes import ROOT
from benchmarks.looking.browser import chromium
from tests.outside import pictured
from tests.outside.served import Served, answers, database_url
from tests.waiting import wait_until

PASSWORD = "four calm unrelated words"
METRICS_TOKEN = "what the tests' Prometheus says"
expect.set_options(timeout=30_000)  # ms; what comes at once on a quiet machine may take that long on a busy one


def require(found: object, what: str) -> None:
    """A part that is missing skips loudly; in CI it fails."""
    if not found:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{what} is not installed on this machine")


def become_the_first(tab: Page, password: str = PASSWORD) -> None:
    """Make the first account, on the page that the set-up link leads to."""
    tab.get_by_label("Username").fill("anna")
    tab.get_by_label("Password", exact=True).fill(password)
    tab.get_by_label("Password, again").fill(password)
    tab.get_by_role("button", name="Start").click()


@dataclass
class Running:
    """A BanGuard that runs. ``output`` grows while it does."""

    process: subprocess.Popen[str]
    data: Path
    port: int
    output: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as said:
            self.output.extend(said)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def said(self, pattern: str) -> str | None:
        found = re.search(pattern, "".join(self.output))
        return found and found[found.lastindex or 0]

    def fail2ban(self, *command: str) -> str:
        """What the real ``fail2ban-client`` says."""
        client = ["fail2ban-client", "-c", self.data / "fail2ban/config", "-s", self.data / "fail2ban/fail2ban.sock"]
        return subprocess.run([*client, *command], capture_output=True, text=True, check=True, timeout=30).stdout

    def fail_logins(self, address: str, times: int = 6) -> None:
        now = time.strftime("%Y-%m-%d %H:%M:%S")
        with (self.data / "fail2ban/attacks.log").open("a") as log:
            log.write(f"{now} Failed login for root from {address}\n" * times)

    def stop(self) -> int:
        """As Ctrl-C does; whatever it still says is read to the end."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=60)
        self.reader.join(timeout=10)
        return code


@pytest.fixture(scope="session")
def feeds() -> Iterator[tuple[Path, str]]:
    """A folder, and the address of the local web server that serves it."""
    folder = Path(tempfile.mkdtemp())
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    shutil.rmtree(folder)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...


@pytest.fixture(scope="module")
def banguard() -> Iterator[Running]:
    """Each story has its own, so that no story needs another."""
    with ready() as running:
        yield running


@contextmanager
def ready(**settings: str) -> Iterator[Running]:
    """``script/server`` on an empty data folder, with these settings besides, once it is ready."""
    require(shutil.which("fail2ban-server"), "Fail2ban")
    if Path("/run/fail2ban/fail2ban.sock").exists():
        pytest.skip("a Fail2ban of this machine runs; script/server would use it, and tests must not touch it")
    data = Path(tempfile.mkdtemp(prefix="bg-", dir="/tmp"))  # short: sockets have short paths
    data.chmod(0o755)
    running = start(data, **settings)
    try:
        wait_until(lambda: running.said("is running at"), 120, "BanGuard did not start")
        yield running
    finally:
        running.stop()
        shutil.rmtree(data, ignore_errors=True)


def start(data: Path, **more: str) -> Running:
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "CI", "LANG"}}
    port = free_port()
    given = {
        "BANGUARD_DATA_DIR": str(data),
        "BANGUARD_PORT": str(port),
        "BANGUARD_FEED_ALLOWED_NETWORKS": "127.0.0.0/8",
        "BANGUARD_METRICS_TOKEN": METRICS_TOKEN,
    }
    process = subprocess.Popen(
        [ROOT / "script/server"],
        env={**kept, **given, **more},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return Running(process, data, port)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The distribution's Chromium, which is to talk to nobody but us."""
    found = chromium()
    require(found, "Chromium")
    quiet = ("background-networking", "component-update", "sync", "quic", "gpu")
    arguments = ["--no-sandbox", "--no-first-run", *(f"--disable-{name}" for name in quiet)]
    return {**browser_type_launch_args, "executable_path": found, "args": arguments}


@pytest.fixture(scope="module")
def beside_the_database() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's loop runs in this thread, and asks nothing
        yield


@pytest.fixture
def served(transactional_db: None, beside_the_database: None, tmp_path: Path) -> Iterator[Served]:
    (tmp_path / "secret-keys").write_text("the first key of all, long enough to be one")
    (tmp_path / "prometheus").mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BANGUARD_")}
    environment = kept | {
        "DATABASE_URL": database_url(),
        "BANGUARD_DATA_DIR": str(tmp_path),
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "prometheus"),
    }
    (tmp_path / "static").symlink_to(settings.STATIC_ROOT)  # script/test has laid it out
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "-c", "banguard/machine/gunicorn_conf.py", "-b", f"127.0.0.1:{port}"]
    process = subprocess.Popen(command, env=environment, cwd=ROOT)
    running = Served(f"http://localhost:{port}", environment, process)
    try:
        wait_until(lambda: answers(running.url), 30, "the web server")
        yield running
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture
def guarded(tmp_path: Path, settings: Any) -> Iterator[None]:
    """An agent where the web server looks for it."""
    settings.AGENT_SOCKET = tmp_path / "run/agent.sock"
    server = AgentServer(settings.AGENT_SOCKET, pictured.guarded(tmp_path).guarded)
    thread = threading.Thread(target=server.serve)
    thread.start()
    yield
    server.stop()
    thread.join()


@pytest.fixture
def session(browser: Browser, guarded: None, served: Served) -> Iterator[BrowserContext]:
    """Somebody who may see everything, signed in."""
    pictured.fill()
    context = browser.new_context()
    tab = context.new_page()
    tab.goto(f"{served.url}/setup/{accounts.create_setup_link()}/")
    become_the_first(tab)
    tab.get_by_role("button", name="Sign out").first.wait_for()
    pictured.more_people()
    yield context
    context.close()
