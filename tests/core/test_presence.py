"""Which processes run: each tells of itself, one that ends takes its row away, one that is killed is missed."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now

from banguard import __version__
from banguard.core import presence
from banguard.core.models import Process
from banguard.envtypes import ROOT
from tests.history.test_collect_command import collector  # noqa: F401 - a fixture
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
Start = Callable[[], "subprocess.Popen[bytes]"]


def told(**changed: Any) -> None:
    values = {"role": "web", "host": "a", "pid": 1, "version": __version__, "started_at": Now(), "seen_at": Now()}
    Process.objects.create(**values | changed)


def test_a_process_tells_of_itself_and_of_its_end(agent: object, collector: Start) -> None:  # noqa: F811
    process = collector()
    wait_until(lambda: [one.role for one in presence.processes()] == ["collector"])
    (running,) = presence.processes()
    assert (running.pid, running.version, running.fresh, running.outdated) == (process.pid, __version__, True, False)
    process.send_signal(signal.SIGTERM)
    process.wait(60)
    assert presence.processes() == []


def test_a_killed_process_is_missed(agent: object, collector: Start) -> None:  # noqa: F811
    process = collector()
    wait_until(presence.processes)
    process.kill()
    process.wait()
    Process.objects.update(seen_at=Now() - timedelta(seconds=30))
    (missing,) = presence.processes()
    assert not missing.fresh


def test_rows_of_long_ago_are_removed_by_whoever_comes_next(agent: object, collector: Start) -> None:  # noqa: F811
    told(seen_at=Now() - timedelta(hours=2))
    told(host="b", seen_at=Now() - timedelta(minutes=30))
    collector()
    wait_until(lambda: {one.host for one in presence.processes() if one.role == "web"} == {"b"})


def test_another_version_is_noticed() -> None:
    told(version="0.0.9")
    assert presence.processes()[0].outdated


def test_the_version_is_the_one_of_the_project() -> None:
    assert f'\nversion = "{__version__}"\n' in (ROOT / "pyproject.toml").read_text()


def test_the_package_can_be_read_without_django() -> None:
    program = "import banguard, sys; assert 'django' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)
