"""The copy in which a change is tried."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from banguard.fail2ban.staging import staged


def test_copies_of_killed_processes_are_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config, temporary = tmp_path / "config", tmp_path / "tmp"
    for folder in (config, temporary):
        folder.mkdir()
    (config / "jail.conf").write_text("[sshd]\n")
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    ended = subprocess.Popen(["/bin/true"])  # once waited for, nobody has its number
    ended.wait()
    left, living, other = (
        temporary / f"banguard-stage-{ended.pid}-left",
        temporary / f"banguard-stage-{os.getpid()}-living",
        temporary / "banguard-stage-of-nobody",
    )
    for folder in (left, living, other):
        (folder / "fail2ban").mkdir(parents=True)

    with staged(config, {"jail.local": b"[DEFAULT]\n"}) as stage:
        assert sorted(path.name for path in stage.iterdir()) == ["jail.conf", "jail.local"]
        assert not left.exists()

    assert sorted(temporary.iterdir()) == sorted([living, other])
