"""Running the firewall's own programs: fixed words, never a shell, and input that was made from parsed networks."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterable
from contextlib import suppress

from banguard.core.errors import FirewallRefused, FirewallUnavailable

SECONDS = 300.0  # a million networks take five on a quiet machine
_WHERE = os.pathsep.join(("/usr/sbin", "/sbin", "/usr/bin", "/bin"))
_PIECE = 256 * 1024  # characters written at once
_PIPE = 1024 * 1024  # bytes that the program may have before it, so that it works while more is made
# What the programs say when the kernel cannot do it, or does not let us.
_NOT_ALLOWED = ("permitted", "Permission denied")
_NOT_HERE = ("Can't open socket", "not supported", "Protocol", "Module", "kernel")


def run(program: str, *words: str, text: Iterable[str] = (), seconds: float = SECONDS) -> str:
    """What ``program`` prints. ``text`` is written to it as it is made, so that it is never whole in memory.

    Raises ``FirewallUnavailable`` or ``FirewallRefused``.
    """
    path = shutil.which(program, path=_WHERE)
    if path is None:
        raise FirewallUnavailable(f"{program} is not installed.", program=program)
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as printed:
        process = subprocess.Popen(  # noqa: S603 - fixed words, no shell
            [path, *words], stdin=subprocess.PIPE, stdout=printed, stderr=said, text=True, env={"LC_ALL": "C"}
        )
        watch = threading.Timer(seconds, process.kill)
        watch.start()
        try:
            _feed(process, text)
            code = process.wait()
        finally:
            watch.cancel()
            process.kill()
            process.wait()
        said.seek(0)
        printed.seek(0)
        if code != 0:
            raise _failure(program, words, said.read(2_000).strip(), code)
        return printed.read()


def _feed(process: subprocess.Popen[str], text: Iterable[str]) -> None:
    if process.stdin is None:
        return
    with suppress(OSError):  # a machine may allow less
        fcntl.fcntl(process.stdin, fcntl.F_SETPIPE_SZ, _PIPE)
    lines: list[str] = []
    size = 0
    try:
        with process.stdin as pipe:
            for line in text:
                lines.append(line)
                size += len(line)
                if size >= _PIECE:
                    pipe.write("".join(lines))
                    lines.clear()
                    size = 0
            pipe.write("".join(lines))
    except BrokenPipeError:
        return  # it stopped reading: its exit code and its words say why


def _failure(program: str, words: tuple[str, ...], said: str, code: int) -> FirewallRefused | FirewallUnavailable:
    order = " ".join((program, *words[:6]))
    if any(word in said for word in _NOT_ALLOWED):
        return FirewallUnavailable(f"BanGuard's agent may not change the firewall: {order}: {said}", program=program)
    if any(word in said for word in _NOT_HERE):
        return FirewallUnavailable(f"This machine's kernel cannot keep the sets: {order}: {said}", program=program)
    return FirewallRefused(f"{order} ended with {code}: {said or 'it said nothing'}", program=program, code=code)
