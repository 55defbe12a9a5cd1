"""Processes are told to stop, and killed, in the middle of an import, a change and a collect; nothing is half done.

Everything is real; the supervisor of ``script/server`` starts again what has ended. One story, run in its order.
"""

from __future__ import annotations

import http.server
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from banguard import env
from banguard.envtypes import ROOT
from benchmarks.soaking import ledger
from benchmarks.soaking.house import House
from tests.outside.conftest import Running, require, start
from tests.waiting import wait_until

IN_TIME = 25.0  # seconds that a process has from SIGTERM to its end
BACK = 90.0
LIST = "".join(f"192.88.{third}.{fourth}\n" for third in range(4) for fourth in range(1, 200, 2))
OVERLAY = "jail.d/zz-banguard.local"


class Drip(http.server.BaseHTTPRequestHandler):
    """A feed that takes as many seconds as its path says."""

    def do_GET(self) -> None:
        seconds, body = float(self.path.rpartition("/")[2]), LIST.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        for place in range(0, len(body), 256):
            time.sleep(seconds / (len(body) / 256))
            try:
                self.wfile.write(body[place : place + 256])
            except OSError:
                return

    def log_message(self, *_: object) -> None: ...


class There:
    """A BanGuard that runs, its API, and its processes."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.house = House(running.data, running.port, running.data / "said.log", {})
        self.url = f"{running.url}/api/v1"
        environment = {**os.environ, "BANGUARD_DATA_DIR": str(running.data)}
        environment = {name: value for name, value in environment.items() if name not in OF_THE_TESTS}
        command = [sys.executable, "manage.py", "create_api_token", "test", "--scopes", "*"]
        made = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
        self.headers = {"Authorization": f"Bearer {made.stdout.strip().splitlines()[-1]}"}

    def ask(self, method: str, path: str, **body: object) -> Any:
        answer = requests.request(method, self.url + path, json=body or None, headers=self.headers, timeout=60)
        assert answer.status_code < 400, answer.text
        return answer.json() if answer.content else None

    def first(self, role: str) -> int:
        """The process that a service manager would signal."""
        found = wait_until(lambda: self.house.processes()[role], BACK, f"{role} is not there")
        return int(found[0])

    def end(self, role: str, how: int) -> float:
        """Signals the role's first process; the seconds until it and its children are gone."""
        pids, begun = self.house.processes()[role], time.monotonic()
        os.kill(pids[0], how)
        wait_until(lambda: not any(Path(f"/proc/{pid}/cmdline").exists() for pid in pids), BACK, f"{role} stays")
        return time.monotonic() - begun

    def is_ready(self) -> bool:
        try:
            if requests.get(f"{self.url}/config/files", headers=self.headers, timeout=5).status_code != 200:
                return False  # that one asks the agent itself
            answer = requests.get(f"{self.running.url}/health/ready", timeout=5).json()
        except (requests.RequestException, ValueError):
            return False
        return all(answer["parts"][part]["ok"] for part in ("database", "fail2ban", "worker", "collector"))


OF_THE_TESTS = {"DATABASE_URL", "BANGUARD_SECRET_KEYS", "BANGUARD_AGENT_SOCKET"}


@pytest.fixture(scope="module")
def there() -> Iterator[There]:
    require(shutil.which("fail2ban-server"), "Fail2ban")
    if Path("/run/fail2ban/fail2ban.sock").exists():
        pytest.skip("a Fail2ban of this machine runs; script/server would use it, and tests must not touch it")
    data = Path(tempfile.mkdtemp(prefix="bg-", dir="/tmp"))
    data.chmod(0o755)
    running = start(data)
    try:
        wait_until(lambda: running.said("is running at"), 120, "BanGuard did not start")
        yield There(running)
    finally:
        running.stop()
        shutil.rmtree(data, ignore_errors=True)


@pytest.fixture(scope="module")
def drip() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Drip)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def begun(there: There, drip: str) -> Iterator[Callable[[float], int]]:
    """``begun(seconds)``: the id of a run that is fetching from a feed that takes so long."""
    made: list[int] = []

    def begin(seconds: float) -> int:
        wait_until(there.is_ready, BACK, "not ready")
        source = there.ask("POST", "/blocklists/sources", name=f"drip {seconds}", url=f"{drip}/{seconds}")["id"]
        made.append(source)
        run = int(there.ask("POST", f"/blocklists/sources/{source}/runs")["id"])
        wait_until(lambda: state_of(there, run) == "running", 60, "the import does not begin")
        return run

    yield begin
    wait_until(there.is_ready, BACK, "not ready")
    for source in made:
        there.ask("DELETE", f"/blocklists/sources/{source}")


def state_of(there: There, run: int) -> str:
    try:
        rows = there.ask("GET", "/blocklists/runs")["data"]
    except requests.RequestException:
        return "not asked"
    return next(str(row["state"]) for row in rows if row["id"] == run)


def banned(there: There) -> int:
    return len(there.running.fail2ban("get", "banguard-blocklist", "banip").split())


def test_a_worker_that_is_told_to_stop_hands_its_import_back(there: There, begun: Callable[[float], int]) -> None:
    run = begun(40)
    assert there.end("worker", signal.SIGTERM) < IN_TIME
    assert state_of(there, run) in {"queued", "running"}  # its supervisor may have started another already
    wait_until(lambda: state_of(there, run) == "succeeded", 150, "nobody went on with it")
    assert banned(there) > 0


def test_a_worker_that_is_killed_leaves_a_run_that_the_next_completes(
    there: There, begun: Callable[[float], int]
) -> None:
    run = begun(15)
    there.end("worker", signal.SIGKILL)
    wait_until(lambda: state_of(there, run) == "interrupted", 150, "nobody noticed")
    source = next(row for row in there.ask("GET", "/blocklists/runs")["data"] if row["id"] == run)["source_id"]
    wait_until(there.is_ready, BACK, "not ready")
    again = there.ask("POST", f"/blocklists/sources/{source}/runs")["id"]
    wait_until(lambda: state_of(there, again) == "succeeded", 90, "it is not completed")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_collector_that_ends_in_the_middle_loses_no_ban(there: There, how: int) -> None:
    log, url = there.running.data / "fail2ban/fail2ban.log", env.embedded_database_url(there.running.data)
    for number in range(40):
        there.running.fail_logins(f"203.0.{113 + how}.{number + 1}", 6)
        if number == 20:
            wait_until(lambda: ledger.told(log).total() > 5, 30, "nothing is banned")
            assert there.end("collector", how) < IN_TIME
    wait_until(lambda: len([1 for _jail, ip in ledger.told(log) if f".{113 + how}." in ip]) == 40, 60, "not all banned")
    wait_until(lambda: not ledger.lost(log, url), BACK, "bans are missing")
    assert ledger.doubled(log, url) == 0


@pytest.mark.parametrize(("role", "how"), [("web", signal.SIGTERM), ("web", signal.SIGKILL), ("agent", signal.SIGKILL)])
def test_a_change_whose_process_ends_is_whole_or_undone(there: There, role: str, how: int) -> None:
    wait_until(there.is_ready, BACK, "not ready")
    folder = there.running.data / "fail2ban/config"
    before = files_of(folder)
    text = f"{before.get(OVERLAY, '')}\n[demo]\nmaxretry = {6 + how}\n"
    changing = threading.Thread(target=change_quietly, args=(there, text))
    changing.start()
    time.sleep(0.4 + how / 20)
    there.end(role, how)
    changing.join(60)
    wait_until(there.is_ready, BACK, "not ready")
    wait_until(lambda: unfinished(there) == 0, BACK, "a change was left half done")
    after = files_of(folder)
    assert {name: after[name] for name in after if name != OVERLAY} == {n: t for n, t in before.items() if n != OVERLAY}
    assert after.get(OVERLAY) in {before.get(OVERLAY), text}
    wanted = str(6 + how) if after.get(OVERLAY) == text else retries_in(before.get(OVERLAY, ""))
    assert there.running.fail2ban("get", "demo", "maxretry").strip() == wanted


def change_quietly(there: There, text: str) -> None:
    try:
        requests.put(f"{there.url}/config/files/{OVERLAY}", json={"text": text}, headers=there.headers, timeout=60)
    except requests.RequestException:
        return


def unfinished(there: There) -> int:
    rows = there.ask("GET", "/config/revisions")["data"]
    return sum(1 for row in rows if row["state"] in {"pending", "applying"})


def files_of(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*.local")}


def retries_in(text: str) -> str:
    lines = [line.partition("=")[2].strip() for line in text.splitlines() if line.startswith("maxretry")]
    return lines[-1] if lines else "5"


def test_the_web_server_ends_what_it_has_begun(there: There) -> None:
    wait_until(there.is_ready, BACK, "not ready")
    answers: list[int] = []
    asking = [threading.Thread(target=lambda: answers.append(slow_answer(there))) for _ in range(4)]
    for one in asking:
        one.start()
    time.sleep(0.3)
    assert there.end("web", signal.SIGTERM) < IN_TIME
    for one in asking:
        one.join(60)
    assert answers == [200] * 4


def slow_answer(there: There) -> int:
    """Some work: an expression tried on many lines, in a child of the web server's."""
    lines = ["2026-11-23 18:00:00 Failed login for root from 203.0.113.7"] * 900
    body = {"failregex": ["^.*Failed login for (?:root|admin) from <HOST>$"], "lines": lines}
    return requests.post(f"{there.url}/config/regex-tests", json=body, headers=there.headers, timeout=60).status_code


def test_everything_stops_in_time_and_leaves_no_process(there: There) -> None:
    begun = time.monotonic()
    assert there.running.stop() == 0
    assert time.monotonic() - begun < IN_TIME + 5  # PostgreSQL ends last
    assert not any(there.house.processes().values())
