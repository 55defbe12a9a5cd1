"""A worker that is told to stop has its tasks hand back, and is gone in time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from banguard.core import jobs, stopping
from banguard.envtypes import ROOT
from tests.deploy.conftest import url_of_the_tests
from tests.waiting import wait_until

IN_TIME = 25  # seconds


@pytest.fixture
def worker(transactional_db: None, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    environment = {
        **os.environ,
        "DATABASE_URL": url_of_the_tests(),
        "BANGUARD_SECRET_KEYS": settings.SECRET_KEY,
        "BANGUARD_TESTS_FOLDER": str(tmp_path),
    }
    process = subprocess.Popen([sys.executable, "manage.py", "qcluster"], cwd=ROOT, env=environment)
    yield process
    process.kill()
    process.wait(60)


def test_who_was_told_nothing_goes_on() -> None:
    stopping.check()


def test_running_and_waiting_tasks_hand_back_when_the_worker_is_told_to_stop(
    worker: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    for number in range(3):  # two run, one waits in memory
        jobs.enqueue("tests.core.long_task.work", number)
    wait_until(lambda: len(list(tmp_path.glob("*-began"))) == 2, 60, "the tasks do not begin")
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(IN_TIME) == 0
    assert len(list(tmp_path.glob("*-handed-back"))) == len(list(tmp_path.glob("*-began")))
