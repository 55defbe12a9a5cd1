"""The first step, on the system's Python: help, the server's lock, ``.venv``; then the second on ``.venv``'s Python."""

from __future__ import annotations

import os
import sys

from banguard.machine import lock, say, signals
from banguard.machine.bootstrap import bootstrap, requirements_of
from banguard.machine.errors import CannotGoOn, Stopped
from banguard.machine.helptext import HELP
from banguard.machine.places import ROOT, data_folder, shown


def main(arguments: list[str]) -> int:
    command, *rest = arguments or [""]
    if command not in HELP:
        say.problem(f"There is no command {command!r}: server, test, check, bench or install.")
        return 2
    if rest[:1] in (["-h"], ["--help"]) and command not in {"test", "bench"}:
        say.plain(HELP[command])
        return 0
    signals.watch()
    os.umask(0o022)  # what root lays down must be readable for the ordinary user that the processes run as
    os.chdir(ROOT)
    try:
        return _prepare_and_hand_over(command, rest)
    except CannotGoOn as reason:
        say.problem(str(reason))
        return 1
    except Stopped:
        say.plain("Stopped.")
        return 130


def _prepare_and_hand_over(command: str, rest: list[str]) -> int:
    """Does not return, but for a server that is running already."""
    _make_data_folder()
    if command != "server" or _lock_taken():
        python = bootstrap(requirements_of(command))
        signals.raise_if_stopped()
        second = ["benchmarks"] if command == "bench" else ["banguard.machine.inside", command]
        os.execv(python, [str(python), "-m", *second, *rest])  # noqa: S606
    return 0


def _make_data_folder() -> None:
    data = data_folder()
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotGoOn(f"The data folder {shown(data)} cannot be made: {error.strerror}") from error
    if not os.access(data, os.W_OK | os.X_OK):
        raise CannotGoOn(
            f"The data folder {shown(data)} belongs to somebody else. Start as that user, or set BANGUARD_DATA_DIR."
        )


def _lock_taken() -> bool:
    """Takes the server's lock and hands it on by number; False when BanGuard is running already."""
    path = data_folder() / "server.lock"
    try:
        handle = lock.take(path)
    except PermissionError as error:
        raise CannotGoOn(f"{shown(path)} belongs to another user, who started BanGuard here before.") from error
    if handle is None:
        running = lock.described(path)
        say.plain(
            f"BanGuard is already running (process {running.get('pid', 'unknown')}) "
            f"at {running.get('address', 'an address it has not settled yet')}"
        )
        return False
    lock.describe(handle, pid=os.getpid())
    os.environ[lock.VARIABLE] = str(handle)
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
