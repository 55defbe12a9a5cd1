"""PostgreSQL and gunicorn in a temporary folder."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from banguard.machine import assets, call, say
from banguard.machine.django import MANAGE, manage
from banguard.machine.errors import CannotGoOn
from banguard.machine.places import PYTHON
from banguard.machine.test import throwaway_environment
from benchmarks.chaos.cluster import started
from benchmarks.observing.rsyslog import free_port

SIGN_IN = """
from django.test import Client
from banguard.accounts import services
from banguard.accounts.values import Role
person = services.create_person(username="bench", password="four calm unrelated words", role=Role.ADMINISTRATOR)
client = Client()
client.force_login(person)
print("session=" + client.cookies["banguard_session"].value)
"""


@dataclass
class Web:
    """One gunicorn. ``get`` opens a connection each time: the server closes one that is idle for two seconds."""

    port: int
    process: subprocess.Popen[bytes]
    cookie: str
    connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> float:
        """How long the answer took, in ms; without ``headers`` to a session. Raises ``CannotGoOn`` unless 200."""
        status, took = self.visit(path, headers)
        if status != 200:
            raise CannotGoOn(f"{path} answered {status}.")
        return took

    def visit(self, path: str, headers: Mapping[str, str] | None = None) -> tuple[int, float]:
        """The status of an answer of any kind, and how long it took, in ms."""
        sent = headers or {"Cookie": f"banguard_session={self.cookie}"}
        self.connection.close()
        begun = time.perf_counter()
        self.connection.request("GET", path, headers=sent)
        answer = self.connection.getresponse()
        answer.read()
        return answer.status, 1000 * (time.perf_counter() - begun)


@dataclass
class House:
    folder: Path
    environment: dict[str, str]
    cookie: str
    stack: ExitStack

    def web(self, name: str, **settings: str) -> Web:
        port, metrics = free_port(), self.folder / name
        metrics.mkdir()
        more = {"PROMETHEUS_MULTIPROC_DIR": str(metrics), **settings}
        process = _gunicorn(port, self.environment | more, self.folder / f"{name}.log")
        self.stack.callback(call.end, process)
        _wait_until_it_answers(port)
        return Web(port, process, self.cookie)

    def told(self, module: str, number: int) -> dict[str, Any]:
        """What a module says of itself after ``figures=``, run inside Django; its other lines are passed on."""
        command = [str(PYTHON), "-m", "benchmarks.with_django", module, str(number)]
        result = call.run(command, environment=self.environment)
        if result.code:
            raise CannotGoOn(result.output)
        found: dict[str, Any] = {}
        for line in result.output.splitlines():
            if line.startswith("figures="):
                found |= json.loads(line.partition("=")[2])
            else:
                say.plain(line)
        return found

    def shell(self, program: str) -> str:
        result = call.run([*MANAGE, "shell", "-v0", "-c", program], environment=self.environment)
        if result.code:
            raise CannotGoOn(result.output)
        return result.output


@contextmanager
def house() -> Iterator[House]:
    """Whatever happens, no process and no folder is left."""
    with ExitStack() as stack:
        folder, server = stack.enter_context(started(durable=True))
        environment = throwaway_environment(folder) | {"DATABASE_URL": server.url}
        assets.bring_packages()
        for command in (("migrate", "--verbosity=0"), ("createcachetable",), ("collectstatic", "--noinput", "-v0")):
            manage(*command, environment=environment)
        made = House(folder, environment, "", stack)
        made.cookie = made.shell(SIGN_IN).partition("session=")[2].split()[0]
        yield made


def _gunicorn(port: int, environment: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    configuration = "banguard/machine/gunicorn_conf.py"
    command = [str(PYTHON), "-m", "gunicorn", "--config", configuration, "--bind", f"127.0.0.1:{port}"]
    with log.open("wb") as out:
        return call.spawn(command, output=out, environment=environment)


def _wait_until_it_answers(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", "/health/live")
            if connection.getresponse().status == 200:
                return
        except (OSError, http.client.HTTPException):
            time.sleep(0.2)
        finally:
            connection.close()
    raise CannotGoOn(f"{sys.executable} -m gunicorn does not answer.")
