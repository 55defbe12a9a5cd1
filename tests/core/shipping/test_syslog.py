"""Every line reaches a real rsyslog: over TCP and TLS, through its restarts, from forked processes, to the last."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from banguard.envtypes import ROOT
from benchmarks.observing import logger
from benchmarks.observing.rsyslog import Rsyslog
from tests.outside.conftest import require


@pytest.fixture(params=[False, True], ids=["tcp", "tls"])
def rsyslog(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rsyslog]:
    server = Rsyslog(tmp_path, tls=request.param)
    server.start()
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def _there_is_an_rsyslog() -> None:
    require(shutil.which("rsyslogd", path="/usr/sbin:/usr/bin:/sbin"), "rsyslog")
    require(list(Path("/usr/lib").glob("*/rsyslog/lmnsd_ossl.so")), "rsyslog-openssl")


def load(url: str, seconds: float, per_second: int, *forks: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", logger.__name__, url, str(seconds), str(per_second), *forks]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)


def ended(process: subprocess.Popen[bytes]) -> bool:
    return process.wait(timeout=60) == 0


def test_every_line_of_a_load_arrives(rsyslog: Rsyslog) -> None:
    assert ended(load(rsyslog.url, 5, 400))
    assert rsyslog.wait_for(2_000) == set(range(2_000))


def test_nothing_is_lost_while_it_is_away(rsyslog: Rsyslog) -> None:
    process = load(rsyslog.url, 6, 200)
    rsyslog.wait_for(200)
    rsyslog.stop(signal.SIGTERM if rsyslog.tls else signal.SIGKILL)
    time.sleep(2)
    rsyslog.start()
    assert ended(process)
    assert rsyslog.wait_for(1_200) == set(range(1_200))


def test_what_is_logged_before_it_is_there_arrives(tmp_path: Path) -> None:
    rsyslog = Rsyslog(tmp_path, tls=False)
    process = load(rsyslog.url, 3, 100)
    time.sleep(1.5)
    rsyslog.start()
    assert ended(process)
    assert rsyslog.wait_for(300) == set(range(300))
    rsyslog.stop()


def test_a_forked_process_ships_its_own_lines_and_no_others(rsyslog: Rsyslog) -> None:
    assert ended(load(rsyslog.url, 1, 200, "fork"))
    assert rsyslog.wait_for(201) == set(range(201))
    assert len([line for line in rsyslog.received() if '"number": 200' in line]) == 1


def test_the_last_lines_of_a_short_process_arrive(rsyslog: Rsyslog) -> None:
    rsyslog.wait_until_it_listens()
    assert ended(load(rsyslog.url, 0.01, 1_000))
    assert rsyslog.wait_for(10, seconds=5) == set(range(10))


def test_a_process_ends_soon_although_nobody_takes_its_lines(tmp_path: Path) -> None:
    process = load(Rsyslog(tmp_path, tls=False).url, 0.1, 100)
    process.wait(timeout=20)


def test_a_line_bears_its_severity_and_our_name(rsyslog: Rsyslog) -> None:
    assert ended(load(rsyslog.url, 0.1, 10))
    rsyslog.wait_for(1)
    assert rsyslog.received()[0].startswith("banguard 6 ")


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    rsyslog = Rsyslog(tmp_path, tls=True)
    rsyslog.start()
    rsyslog.wait_until_it_listens()
    assert ended(load(rsyslog.url.partition("?")[0], 0.1, 10))
    assert rsyslog.numbers() == set()
    rsyslog.stop()
