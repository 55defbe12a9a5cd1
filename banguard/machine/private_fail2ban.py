"""A Fail2ban server of our own: the package's configuration, and files of ours so that it touches no firewall."""

from __future__ import annotations

import configparser
import hashlib
import json
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

from banguard.machine import call
from banguard.machine.child import Service

RANK = 3
STOCK = Path("/etc/fail2ban")
_OURS = Path(__file__).with_name("private")
_RECORD = ".laid-down.json"


def socket_in(folder: Path) -> Path:
    return folder / "fail2ban.sock"


def service(folder: Path) -> Service:
    """Lays the configuration down and says how the server runs. A server that a person stops stays stopped."""
    lay_down(folder)
    files = ("-c", str(folder / "config"), "-s", str(socket_in(folder)), "-p", str(folder / "fail2ban.pid"))
    return Service(
        name="fail2ban",
        command=("fail2ban-server", "-xf", *files, "start"),  # -x: a socket left by a killed server is removed
        rank=RANK,
        environment={"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8"},
        stop_signal=signal.SIGTERM,
        may_end=True,
    )


def answers(socket: Path) -> bool:
    """Whether a server answers on ``socket`` and lets this process in. The timeout is for one that hangs."""
    if not socket.exists() or not shutil.which("fail2ban-client"):
        return False
    return call.run(["fail2ban-client", "-s", str(socket), "ping"], seconds=5).code == 0


def stop_any(folder: Path) -> None:
    """Stops a server that runs on our socket without us: left by a killed supervisor, or started by hand."""
    if answers(socket_in(folder)):
        call.run(["fail2ban-client", "-s", str(socket_in(folder)), "stop"], seconds=30)


def lay_down(folder: Path, stock: Path = STOCK) -> None:
    """Copies the package's files and ours into ``folder/config``.

    A file that an admin has changed or added since is kept; one that the package no longer has is removed.
    """
    config = folder / "config"
    config.mkdir(parents=True, exist_ok=True)
    (folder / "attacks.log").touch()
    wanted = {**_of_the_package(stock), **_ours(folder, stock)}
    before = _recorded(config)
    for name, content in wanted.items():
        _write(config / name, content, before.get(name))
    for name in before.keys() - wanted.keys():
        if _digest_of(config / name) == before[name]:
            (config / name).unlink()
    record = {name: _digest(content) for name, content in wanted.items()}
    (config / _RECORD).write_text(json.dumps(record, indent=0), encoding="utf-8")


def _of_the_package(stock: Path) -> dict[str, bytes]:
    """By path below ``stock``. Its ``.local`` files are the admin's, for the system's server, and stay there."""
    found = (path for path in sorted(stock.rglob("*")) if path.is_file() and path.suffix in {".conf", ".py", ""})
    return {str(path.relative_to(stock)): path.read_bytes() for path in found if _readable(path)}


def _readable(path: Path) -> bool:
    try:
        path.open("rb").close()
    except PermissionError:
        return False
    return True


def _ours(folder: Path, stock: Path) -> dict[str, bytes]:
    shown = str(folder).replace("%", "%%")  # a percent sign is an interpolation to Fail2ban
    found = {
        str(path.relative_to(_OURS)): path.read_text(encoding="utf-8").replace("@folder@", shown)
        for path in _OURS.rglob("*.*")
        if path.is_file()
    }
    found["jail.local"] += "".join(f"\n[{jail}]\nenabled = false\n" for jail in _enabled_by_the_package(stock))
    return {name: text.encode() for name, text in found.items()}


def _enabled_by_the_package(stock: Path) -> Iterator[str]:
    """Debian enables sshd in ``jail.d/defaults-debian.conf``; here nothing starts that was not asked for."""
    parser = configparser.RawConfigParser(strict=False)
    parser.read(sorted(path for path in (stock / "jail.d").glob("*.conf") if _readable(path)), encoding="utf-8")
    return (name for name in parser.sections() if name != "INCLUDES" and parser.has_option(name, "enabled"))


def _write(path: Path, content: bytes, before: str | None) -> None:
    now = _digest_of(path)
    if now == _digest(content) or (now is not None and now != before):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _digest_of(path: Path) -> str | None:
    return _digest(path.read_bytes()) if path.is_file() else None


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _recorded(config: Path) -> dict[str, str]:
    try:
        found = json.loads((config / _RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
