"""A real private Fail2ban server, and the files laid down for it."""

from __future__ import annotations

import shutil
import subprocess
from datetime import datetime
from pathlib import Path

import pytest

from banguard.machine import private_fail2ban
from banguard.machine.supervise import Supervisor

needs_fail2ban = pytest.mark.skipif(not shutil.which("fail2ban-server"), reason="Fail2ban is not installed")


@pytest.fixture
def stock(tmp_path: Path) -> Path:
    (tmp_path / "stock" / "jail.d").mkdir(parents=True)
    (tmp_path / "stock" / "jail.conf").write_text("[DEFAULT]\n", encoding="utf-8")
    (tmp_path / "stock" / "jail.local").write_text("[own]\n", encoding="utf-8")
    (tmp_path / "stock" / "jail.d" / "debian.conf").write_text("[sshd]\nenabled = true\n", encoding="utf-8")
    return tmp_path / "stock"


def asked(socket: Path, *command: str) -> str:
    return subprocess.run(
        ["fail2ban-client", "-s", str(socket), *command], capture_output=True, text=True, check=True, timeout=60
    ).stdout


def test_nothing_that_the_package_enables_is_enabled(data: Path, stock: Path) -> None:
    private_fail2ban.lay_down(data, stock)
    jails = (data / "config" / "jail.local").read_text(encoding="utf-8")
    assert "[sshd]\nenabled = false" in jails
    assert "[own]" not in jails


def test_files_of_an_admin_survive_a_new_version_of_the_package(data: Path, stock: Path) -> None:
    private_fail2ban.lay_down(data, stock)
    ours = data / "config" / "jail.d" / "zz-banguard.local"
    ours.write_text("[demo]\nmaxretry = 3\n", encoding="utf-8")
    (stock / "jail.conf").write_text("[DEFAULT]\nbantime = 1h\n", encoding="utf-8")
    (stock / "jail.d" / "debian.conf").unlink()
    private_fail2ban.lay_down(data, stock)
    assert "maxretry = 3" in ours.read_text(encoding="utf-8")
    assert "1h" in (data / "config" / "jail.conf").read_text(encoding="utf-8")
    assert not (data / "config" / "jail.d" / "debian.conf").exists()


def test_a_file_that_an_admin_changed_is_kept(data: Path, stock: Path) -> None:
    private_fail2ban.lay_down(data, stock)
    jails = data / "config" / "jail.local"
    jails.write_text("[DEFAULT]\nbantime = 2h\n", encoding="utf-8")
    private_fail2ban.lay_down(data, stock)
    assert "2h" in jails.read_text(encoding="utf-8")


@needs_fail2ban
@pytest.mark.parametrize(
    "line",
    [
        "%Y-%m-%d %H:%M:%S Failed login for root from ADDRESS",
        "%b %d %H:%M:%S host sshd[7]: Failed password for invalid user bob from ADDRESS port 555 ssh2",
        "%b %d %H:%M:%S host sshd[7]: Invalid user bob from ADDRESS port 555",
    ],
)
def test_five_failed_logins_are_a_ban_that_touches_no_firewall(data: Path, supervisor: Supervisor, line: str) -> None:
    folder = data / "fail2ban"
    supervisor.start(private_fail2ban.service(folder))
    socket = private_fail2ban.socket_in(folder)
    assert supervisor.run_until(lambda: private_fail2ban.answers(socket), 10)
    with (folder / "attacks.log").open("a", encoding="utf-8") as log:
        log.write((datetime.now().astimezone().strftime(line).replace("ADDRESS", "203.0.113.7") + "\n") * 5)
    assert supervisor.run_until(lambda: "203.0.113.7" in asked(socket, "status", "demo"), 5)
    assert asked(socket, "get", "demo", "actions").splitlines()[1:] == ["banguard-record"]


@needs_fail2ban
def test_a_server_stopped_by_hand_stays_stopped_and_one_started_by_hand_is_stopped(data: Path) -> None:
    folder, supervisor = data / "fail2ban", Supervisor(data / "run" / "groups")
    socket = private_fail2ban.socket_in(folder)
    child = supervisor.start(private_fail2ban.service(folder))
    assert supervisor.run_until(lambda: private_fail2ban.answers(socket), 10)
    asked(socket, "stop")
    assert supervisor.run_until(lambda: not child.running, 5)
    subprocess.run(["fail2ban-client", "-c", str(folder / "config"), "start"], check=True, capture_output=True)
    supervisor.stop()
    assert private_fail2ban.answers(socket)
    private_fail2ban.stop_any(folder)
    assert not private_fail2ban.answers(socket)
