"""Counting in slots: nothing is lost when processes come and go, and no more files than run at once."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from banguard.envtypes import ROOT

COUNT = """
import os, sys
from banguard.core import slots
slots.use()
from prometheus_client import Counter, Gauge
counter = Counter("things_total", "Things.")
gauge = Gauge("busy", "Busy.", multiprocess_mode="livesum")
counter.inc(); gauge.inc()
if "fork" in sys.argv:
    child = os.fork()
    counter.inc()
    if child:
        os.waitpid(child, 0)
if "wait" in sys.argv:
    print("ready", flush=True); sys.stdin.readline()
"""
SHOW = "from banguard.core.metrics import exposition; print(exposition([]).decode())"


def process(folder: Path, program: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", program, *arguments]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=ROOT, env=os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(folder)}, **pipes)  # type: ignore[call-overload,no-any-return]


def shown(folder: Path, name: str) -> float:
    told, _ = process(folder, SHOW).communicate(timeout=60)
    found = re.search(rf"^{name} (\S+)$", told, re.MULTILINE)
    return float(found[1]) if found else 0.0


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_one_process_after_another_counts_on_in_the_same_files(tmp_path: Path) -> None:
    for _ in range(3):
        process(tmp_path, COUNT).communicate(timeout=60)
    assert shown(tmp_path, "things_total") == 3
    assert files(tmp_path) == {"slot-0.lock", "counter_0.db"}  # and what only the living say is gone


def test_a_forked_process_counts_in_files_of_its_own(tmp_path: Path) -> None:
    process(tmp_path, COUNT, "fork").communicate(timeout=60)
    assert {"counter_0.db", "counter_1.db"} <= files(tmp_path)
    assert shown(tmp_path, "things_total") == 3


def test_a_killed_process_is_no_longer_busy_but_its_counts_stay(tmp_path: Path) -> None:
    killed, living = (process(tmp_path, COUNT, "wait") for _ in range(2))
    for one in (killed, living):
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    killed.kill()
    killed.communicate()
    assert (shown(tmp_path, "busy"), shown(tmp_path, "things_total")) == (1, 2)
    living.communicate("\n", timeout=60)
