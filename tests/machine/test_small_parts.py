"""Locks, keys, addresses and the environments that are handed down."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from banguard.machine import call, keys, lock, ordinary, processes
from banguard.machine.address import Address, refuse_taken
from banguard.machine.errors import CannotGoOn
from banguard.machine.fail2ban import Fail2ban
from banguard.machine.places import ROOT

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can drop its power")


def test_a_lock_is_held_once_and_says_by_whom(data: Path) -> None:
    handle = lock.take(data / "lock")
    assert handle is not None
    lock.describe(handle, pid=7)
    assert lock.take(data / "lock") is None
    assert lock.described(data / "lock") == {"pid": 7}
    os.close(handle)


def test_keys_are_made_once_and_only_for_their_owner(data: Path) -> None:
    keys.lay_down(data, {}, None)
    made = (data / "secret-keys").read_text(encoding="utf-8")
    keys.lay_down(data, {}, None)
    assert (data / "secret-keys").read_text(encoding="utf-8") == made
    assert len(made) > 80
    assert (data / "secret-keys").stat().st_mode & 0o777 == 0o600


def test_keys_from_the_environment_are_enough(data: Path) -> None:
    keys.lay_down(data, {"BANGUARD_SECRET_KEYS_FILE": "/run/keys"}, None)
    assert not (data / "secret-keys").exists()


def test_a_taken_port_is_refused_with_the_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(CannotGoOn, match="BANGUARD_PORT="):
        refuse_taken(Address("127.0.0.1", taken.getsockname()[1]))


def test_an_address_for_all_is_reached_on_this_machine() -> None:
    assert Address("::", 8000).url == "http://[::1]:8000"
    assert Address("::", 8000).bind == "[::]:8000"
    assert Address("0.0.0.0", 80).url == "http://127.0.0.1:80"  # noqa: S104


def test_the_agent_gets_no_secret_and_the_others_nothing_of_fail2ban(data: Path) -> None:
    variables = {"DATABASE_URL": "x", "BANGUARD_SECRET_KEYS": "y", "BANGUARD_FAIL2BAN_SOCKET": "/s", "PATH": "/bin"}
    agent = processes.agent_environment(variables, Fail2ban(expected=True), None)
    assert agent.keys() & {"DATABASE_URL", "BANGUARD_SECRET_KEYS"} == set()
    assert agent["BANGUARD_FAIL2BAN_SOCKET"] == "/s"
    assert "BANGUARD_FAIL2BAN_SOCKET" not in processes.shared_environment(variables, data)


def test_the_agent_gets_of_our_settings_what_it_reads_and_no_other(data: Path) -> None:
    (data / "secret").write_text("secret\n", encoding="utf-8")
    file = str(data / "secret")
    needed = {"BANGUARD_DATA_DIR": "d", "BANGUARD_LOG_DIRS": "/var/log", "BANGUARD_LOG_SHIPPING_HEADERS": "key=k"}
    kept_from_it = {"BANGUARD_OIDC_CLIENT_SECRET_FILE": file, "BANGUARD_TRACING_HEADERS": "key=k", "DATABASE_URL": "x"}
    agent = processes.agent_environment({**needed, **kept_from_it, "PATH": "/bin"}, Fail2ban(expected=True), None)
    assert agent == {**needed, "PATH": "/bin", "BANGUARD_LOG_FORMAT": "console", "PYTHONUNBUFFERED": "1"}


def test_a_secret_in_a_file_is_read_before_power_is_dropped(data: Path) -> None:
    (data / "keys").write_text("secret\n", encoding="utf-8")
    found = processes.shared_environment({"BANGUARD_SECRET_KEYS_FILE": str(data / "keys")}, data)
    assert found["BANGUARD_SECRET_KEYS"] == "secret"
    assert "BANGUARD_SECRET_KEYS_FILE" not in found


@as_root
def test_power_is_really_dropped(data: Path) -> None:
    user = ordinary.ordinary_user()
    result = call.run(["id", "-u"], user=user, folder=data)
    assert user
    assert result.output.strip() == str(user.uid) != "0"


@as_root
def test_a_folder_that_the_ordinary_user_may_not_enter_is_noticed(data: Path) -> None:
    user = ordinary.ordinary_user()
    assert user
    assert ordinary.may_enter(user, data)
    data.chmod(0o700)
    assert not ordinary.may_enter(user, data)


def test_a_program_that_is_missing_is_named() -> None:
    assert "no-such-program cannot be run" in call.run(["no-such-program"]).output


@pytest.mark.parametrize("command", ["server", "check"])
def test_help_needs_nothing(command: str, tmp_path: Path) -> None:
    shown = subprocess.run(
        [str(ROOT / "script" / command), "--help"], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert shown.stdout.startswith(f"script/{command}:")


def test_a_machine_without_python_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "dirname").symlink_to(shutil.which("dirname") or "")
    refused = subprocess.run(
        ["/bin/sh", str(ROOT / "script" / "server")],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": str(tmp_path)},
    )
    assert refused.returncode == 1
    assert "Python 3.11 or newer" in refused.stderr
