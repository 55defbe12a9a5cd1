"""Real processes under the real supervisor."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from banguard.machine import leftovers, signals
from banguard.machine.child import Service
from banguard.machine.errors import Stopped
from banguard.machine.places import ROOT
from banguard.machine.supervise import Supervisor
from tests.waiting import wait_until

WAIT = "import time; time.sleep(60)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); {WAIT}"

REPORTS_ITS_END = """
import os, signal, sys, time
def end(*_):
    open(os.environ["ORDER"], "a").write(os.environ["RANK"])
    sys.exit()
signal.signal(signal.SIGTERM, end)
print("up", flush=True)
time.sleep(60)
"""


def toy(code: str, rank: int = 1, **options: object) -> Service:
    return Service("toy", (sys.executable, "-c", code), rank, **options)  # type: ignore[arg-type]


def gone(pid: int) -> bool:
    """A zombie that nobody reaps counts as gone."""
    status = Path(f"/proc/{pid}/stat")
    try:
        return status.read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_it_prefixes_each_line_and_keeps_the_last_words(
    supervisor: Supervisor, capfd: pytest.CaptureFixture[str]
) -> None:
    child = supervisor.start(toy("print('one'); print('two', end='')", may_end=True))
    assert supervisor.run_until(lambda: not child.running, 60)
    assert capfd.readouterr().out.splitlines()[:2] == ["toy        | one", "toy        | two"]


def test_it_starts_a_crashed_process_again_after_a_pause(supervisor: Supervisor) -> None:
    child = supervisor.start(toy("raise SystemExit(3)"))
    assert supervisor.run_until(lambda: child.failures >= 2, 10)


def test_it_respects_a_process_that_a_person_ended(supervisor: Supervisor) -> None:
    child = supervisor.start(toy("pass", may_end=True))
    assert supervisor.run_until(lambda: not child.running, 60)
    assert not supervisor.run_until(lambda: child.running, 1.5)


def test_it_stops_lower_ranks_before_higher_ones(data: Path) -> None:
    supervisor = Supervisor(data / "run" / "groups")
    for rank in (2, 1, 3):
        variables = {"ORDER": str(data / "order"), "RANK": str(rank)}
        supervisor.start(toy(REPORTS_ITS_END, rank, environment=variables, log=data / f"log{rank}"))
    supervisor.run_until(lambda: all((data / f"log{rank}").stat().st_size for rank in (1, 2, 3)), 60)
    supervisor.stop()
    assert (data / "order").read_text(encoding="utf-8") == "123"


def test_it_kills_what_does_not_stop(data: Path, capfd: pytest.CaptureFixture[str]) -> None:
    supervisor = Supervisor(data / "run" / "groups")
    child = supervisor.start(toy(STUBBORN, log=data / "log", stop_seconds=0.3))
    supervisor.run_until(lambda: (data / "log").stat().st_size > 0, 60)
    begun = time.monotonic()
    supervisor.stop()
    assert not child.running
    assert time.monotonic() - begun < 20


def test_a_second_signal_hurries(data: Path) -> None:
    supervisor = Supervisor(data / "run" / "groups")
    supervisor.start(toy(STUBBORN, log=data / "log", stop_seconds=60))
    supervisor.run_until(lambda: (data / "log").stat().st_size > 0, 60)
    signals.watch()
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGTERM)).start()
    begun = time.monotonic()
    supervisor.stop()
    assert time.monotonic() - begun < 30


def test_a_signal_ends_the_loop(supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signals, "_received", [signal.SIGTERM])
    with pytest.raises(Stopped, match="SIGTERM"):
        supervisor.run()


def test_nothing_outlives_a_killed_supervisor(data: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from banguard.machine.supervise import Supervisor;"
        "from banguard.machine.child import Service;"
        f"s = Supervisor(Path({str(data)!r}) / 'groups');"
        f"c = s.start(Service('toy', (sys.executable, '-c', {WAIT!r}), 1));"
        "print(c.process.pid, flush=True); s.run()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout
        child = int(process.stdout.readline())
        process.kill()
    wait_until(lambda: gone(child))


def test_a_later_start_ends_what_was_left_and_nothing_else(data: Path) -> None:
    record = data / "groups"
    with (
        subprocess.Popen([sys.executable, "-c", WAIT], cwd=ROOT, start_new_session=True) as ours,
        subprocess.Popen([sys.executable, "-c", WAIT], cwd="/", start_new_session=True) as another,
    ):
        leftovers.note(record, ours.pid)
        leftovers.note(record, another.pid)
        time.sleep(0.2)
        assert leftovers.sweep(record) == 1
        wait_until(lambda: gone(ours.pid))
        assert another.poll() is None
        os.kill(another.pid, signal.SIGKILL)
