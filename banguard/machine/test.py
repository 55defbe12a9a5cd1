"""``script/test``: a PostgreSQL and a data folder of their own, static files, and then pytest."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from banguard import env
from banguard.machine import assets, call, lock, packages, postgres, say
from banguard.machine.places import PYTHON, data_folder
from banguard.machine.supervise import Supervisor

# A program that must be on PATH, or a file that must be there, and the Debian packages that bring it.
_WANTED = {
    ("fail2ban-server",): ("fail2ban",),
    ("nft",): ("nftables",),
    ("ip",): ("iproute2",),
    ("iptables",): ("iptables",),
    ("ipset",): ("ipset",),
    ("iprange",): ("iprange",),
    ("pgbouncer",): ("pgbouncer",),
    ("nginx",): ("nginx-light",),
    ("caddy",): ("caddy",),
    ("rsyslogd", "/usr/sbin/rsyslogd"): ("rsyslog",),
    ("/usr/lib*/**/rsyslog/lmnsd_ossl.so",): ("rsyslog-openssl",),
    ("promtool",): ("prometheus",),
    ("systemd-analyze",): ("systemd",),
    ("docker-compose",): ("docker-compose",),
    ("chromium", "chromium-browser", "google-chrome"): ("chromium", "fonts-dejavu-core"),
}


def run(arguments: list[str]) -> int:
    """The exit code of pytest."""
    _bring_packages()
    with _own_folder() as data:
        environment = throwaway_environment(data)
        supervisor = Supervisor(data / "run" / "groups")
        try:
            if "DATABASE_URL" not in os.environ:
                postgres.start(postgres.Cluster(data, durable=False), supervisor)
            assets.bring_packages(for_tests=True)
            assets.lay_out(data, environment, user=None)
            return call.attached([str(PYTHON), "-m", "pytest", *arguments], environment)
        finally:
            supervisor.stop()


def throwaway_environment(data: Path) -> dict[str, str]:
    """Settings that touch nothing of a running BanGuard: none of the person's own but the database, if given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BANGUARD_")}
    return {
        "DATABASE_URL": env.embedded_database_url(data),
        **kept,
        "BANGUARD_DATA_DIR": str(data),
        "BANGUARD_SECRET_KEYS": secrets.token_urlsafe(64),
        "BANGUARD_AGENT_SOCKET": str(data / "run" / "no-agent.sock"),
    }


@contextmanager
def _own_folder() -> Iterator[Path]:
    """``<data>/test``, or while other tests run there, one that is thrown away afterwards."""
    data = data_folder() / "test"
    data.mkdir(exist_ok=True)
    handle = lock.take(data / "lock")
    if handle is not None:
        yield data
        os.close(handle)
        return
    data = data.with_name(f"test-{os.getpid()}")
    data.mkdir()
    try:
        yield data
    finally:
        shutil.rmtree(data, ignore_errors=True)


def _bring_packages() -> None:
    missing = [name for programs, names in _WANTED.items() if not any(map(_is_there, programs)) for name in names]
    if missing and not packages.install(missing):
        say.about("packages", f"tests that need {', '.join(missing)} are skipped. Run: {packages.command_for(missing)}")


def _is_there(program: str) -> bool:
    return any(Path("/").glob(program[1:])) if program.startswith("/") else shutil.which(program) is not None
