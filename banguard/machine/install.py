"""``deploy/install``: BanGuard as services of systemd, beside PostgreSQL and Fail2ban. Run again, it upgrades.

Nothing that is there is overwritten but the units, which belong to BanGuard: what an administrator wants otherwise
stands in ``/etc/banguard`` or in a drop-in (``systemctl edit banguard-web``).
"""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from pathlib import Path

from banguard.machine import assets, call, database, keys, ordinary, say
from banguard.machine.call import OrdinaryUser
from banguard.machine.django import manage
from banguard.machine.errors import CannotGoOn
from banguard.machine.places import PYTHON, ROOT, data_folder

USER = "banguard"
_UNITS = ROOT / "deploy" / "systemd"
_SETTINGS = Path("/etc/banguard/banguard.env")
_AGENT_SOCKET = "/var/lib/banguard-agent/agent.sock"
_DATABASE_URL = f"postgresql://{USER}@%2Fvar%2Frun%2Fpostgresql/banguard"  # as who one is: no password
_MANAGE = Path("/usr/local/sbin/banguard-manage")


def run() -> int:
    """The exit code. Raises ``CannotGoOn``."""
    if os.geteuid() != 0:
        raise CannotGoOn("Installing services takes root: sudo deploy/install")
    data = data_folder()
    user = _user(data)
    _write(_SETTINGS, settings_text(data), mode=0o640, group=user.gid)
    environment = {**os.environ, **settings_of(_SETTINGS.read_text(encoding="utf-8"))}
    ordinary.give(data, user)
    keys.lay_down(data, environment, user)
    if environment["DATABASE_URL"] == _DATABASE_URL:
        _make_database()
    database.bring_up_to_date(data, environment["DATABASE_URL"], environment, user)
    assets.lay_out(data, environment, user)
    _lay_down_units()
    _start()
    _say_what_next(environment, user)
    return 0


def settings_text(data: Path) -> str:
    """What a new installation begins with."""
    hosts = ",".join(dict.fromkeys((socket.gethostname(), socket.getfqdn(), "localhost", "127.0.0.1")))
    return (
        "# BanGuard's settings, one NAME=VALUE a line; Docs/Deployment.md explains them all.\n"
        "# After a change: systemctl restart banguard.target\n"
        f"BANGUARD_DATA_DIR={data}\n"
        f"DATABASE_URL={_DATABASE_URL}\n"
        f"BANGUARD_AGENT_SOCKET={_AGENT_SOCKET}\n"
        f"BANGUARD_ALLOWED_HOSTS={hosts}\n"
    )


def settings_of(text: str) -> dict[str, str]:
    """The variables of such a file. Quotes around a value are taken off, as systemd does."""
    lines = (line.strip() for line in text.splitlines())
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith(("#", ";")))
    return {name.strip(): value.strip().strip("\"'") for name, _, value in pairs}


def units(root: Path = ROOT) -> dict[str, str]:
    """The text of each unit, by its file name, for a checkout in ``root``."""
    return {path.name: path.read_text(encoding="utf-8").replace("/opt/banguard", str(root)) for path in _unit_files()}


def manage_text(root: Path = ROOT) -> str:
    """The script that runs ``manage.py`` as BanGuard's user, with its settings."""
    return (
        "#!/bin/sh\n# Runs manage.py as the services do: banguard-manage locks\nset -a\n"
        f'. {_SETTINGS}\ncd {root} && exec runuser -u {USER} -- {PYTHON} manage.py "$@"\n'
    )


def _unit_files() -> Sequence[Path]:
    return sorted([*_UNITS.glob("*.service"), *_UNITS.glob("*.target")])


def _user(data: Path) -> OrdinaryUser:
    if call.run(["id", USER]).code:
        _must("useradd", "--system", "--user-group", f"--home-dir={data}", "--shell=/usr/sbin/nologin", USER)
        say.about("user", f"{USER} was made: web, worker and collector run as it")
    user = ordinary.ordinary_user()
    reason = ordinary.why_not(user, PYTHON, Path("/")) if user else "it is not there"
    if user is None or reason:
        raise CannotGoOn(
            f"The user {USER} cannot run {PYTHON}: {reason}. Put BanGuard where it may read: /opt/banguard."
        )
    return user


def _make_database() -> None:
    """PostgreSQL of this machine, as its administrator; what is there already is left."""
    for program, wanted in (("createuser", [USER]), ("createdb", [f"--owner={USER}", "banguard"])):
        result = call.run(["runuser", "-u", "postgres", "--", program, *wanted], folder=Path("/"))
        if result.code and "already exists" not in result.output:
            raise CannotGoOn(
                f"{program} failed: {result.output.strip()}\n"
                f"Is PostgreSQL running here? If it runs elsewhere, write its DATABASE_URL into {_SETTINGS}."
            )
    say.about("database", "PostgreSQL of this machine, database banguard")


def _lay_down_units() -> None:
    for name, text in units().items():
        _write(Path("/etc/systemd/system") / name, text, anew=True)
    _write(_MANAGE, manage_text(), mode=0o755, anew=True)
    say.about("systemd", "units are in /etc/systemd/system")


def _start() -> None:
    if not Path("/run/systemd/system").is_dir():
        say.problem("systemd does not run here, so nothing was started.")
        return
    services = [path.name for path in _unit_files()]
    _must("systemctl", "daemon-reload")
    _must("systemctl", "enable", "--quiet", *services)
    _must("systemctl", "restart", "banguard.target")
    say.about("systemd", "banguard.target is enabled and started")


def _say_what_next(environment: dict[str, str], user: OrdinaryUser) -> None:
    link = manage("setup_link", "--if-needed", environment=environment, user=user).strip().splitlines()
    say.plain("\nBanGuard is at http://127.0.0.1:8000; Docs/Deployment.md tells how to put a proxy with TLS before it.")
    for line in link:
        if line.startswith("/"):
            say.plain(f"Make the first account here (the link works once): http://127.0.0.1:8000{line}")


def _write(path: Path, text: str, *, mode: int = 0o644, group: int = 0, anew: bool = False) -> None:
    if path.exists() and not anew:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    os.chown(path, 0, group)
    path.chmod(mode)
    path.write_text(text, encoding="utf-8")


def _must(*command: str) -> None:
    result = call.run(command)
    if result.code:
        raise CannotGoOn(f"{' '.join(command)} failed:\n{result.output.strip()}")
