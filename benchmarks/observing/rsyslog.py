"""A real rsyslog of our own, over TCP or TLS, that writes each message as it came into a file."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from banguard.machine.errors import CannotGoOn

OVER_TLS = """
global(defaultNetstreamDriver="ossl" defaultNetstreamDriverCAFile="{folder}/ca.pem"
       defaultNetstreamDriverCertFile="{folder}/ca.pem" defaultNetstreamDriverKeyFile="{folder}/key.pem")
"""
CONFIGURATION = """
global(workDirectory="{folder}" maxMessageSize="64k")
{tls}
module(load="imtcp" StreamDriver.Name="{driver}" StreamDriver.Mode="{mode}" StreamDriver.AuthMode="anon")
template(name="raw" type="string" string="%app-name% %syslogseverity% %msg%\\n")
input(type="imtcp" port="{port}" address="127.0.0.1" ruleset="all")
ruleset(name="all") {{ action(type="omfile" file="{folder}/received" template="raw") }}
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _wait(condition: Callable[[], bool], seconds: float, what: str) -> None:
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise CannotGoOn(f"{what}, after {seconds:.0f} s.")
        time.sleep(0.1)


@dataclass
class Rsyslog:
    folder: Path
    tls: bool
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        if not self.tls:
            return f"syslog+tcp://127.0.0.1:{self.port}"
        return f"syslog+tls://localhost:{self.port}?ca={self.folder}/ca.pem"

    def start(self) -> None:
        program = shutil.which("rsyslogd", path="/usr/sbin:/usr/bin:/sbin")
        if not program:
            raise CannotGoOn("rsyslog is not installed on this machine.")
        if self.tls:
            self._make_certificate()
        driver, mode = ("ossl", 1) if self.tls else ("ptcp", 0)
        tls = OVER_TLS.format(folder=self.folder) if self.tls else ""
        configuration = self.folder / "rsyslog.conf"
        configuration.write_text(
            CONFIGURATION.format(folder=self.folder, port=self.port, tls=tls, driver=driver, mode=mode)
        )
        command = [str(program), "-n", "-f", str(configuration), "-i", str(self.folder / "pid")]
        with (self.folder / "rsyslog.out").open("ab") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=out)  # noqa: S603

    def wait_until_it_listens(self) -> None:
        def listens() -> bool:
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return True
            return False

        _wait(listens, 20, "rsyslog does not listen")

    def _make_certificate(self) -> None:
        if (self.folder / "ca.pem").exists():
            return
        subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
        key = ["-newkey", "rsa:2048", "-nodes", "-keyout", f"{self.folder}/key.pem", "-out", f"{self.folder}/ca.pem"]
        subprocess.run(["openssl", "req", "-x509", "-days", "2", *key, *subject], check=True, capture_output=True)  # noqa: S603, S607

    def stop(self, number: int = signal.SIGTERM) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(timeout=30)
            self.process = None

    def received(self) -> list[str]:
        file = self.folder / "received"
        return file.read_text(encoding="utf-8").splitlines() if file.exists() else []

    def numbers(self) -> set[int]:
        """The field ``number`` of each line that is one of ours."""
        found = (json.loads(line[line.index("{") :]) for line in self.received() if line.endswith("}"))
        return {line["number"] for line in found if "number" in line}

    def wait_for(self, count: int, seconds: float = 30) -> set[int]:
        _wait(lambda: len(self.numbers()) >= count, seconds, f"rsyslog has fewer than {count} lines")
        return self.numbers()
