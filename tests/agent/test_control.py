"""Running jails through the agent: told what to do, told whom to ignore, and asked what they watch."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from banguard.agent.memory import MemoryAgent
from banguard.core.errors import InvalidInput, JailUnknown, LockLost
from banguard.core.fences import Fence
from banguard.core.networks import parse_network
from banguard.fail2ban.values import ConfiguredJail, ConfiguredJails

ONE, TWO = parse_network("192.0.2.1"), parse_network("192.0.2.2")


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "auth.log").write_text("first\nsecond\n\nthird\n")
    (tmp_path / "secret").write_text("root:x:\n")
    return tmp_path / "logs"


@pytest.fixture
def agent(logs: Path) -> MemoryAgent:
    return MemoryAgent("sshd", log_folders=(logs,))


def named(agent: MemoryAgent, *patterns: object) -> list[tuple[str, str]]:
    """What is told of a jail with these log paths: the end of each path, and its last line or its problem."""
    agent.configured = ConfiguredJails((ConfiguredJail("web", True, {"logpath": "\n".join(map(str, patterns))}, ()),))
    return [(Path(file.path).name, file.problem or "|".join(file.lines)) for file in agent.watched("web", 2).files]


def test_a_jail_is_told_to_stop_and_to_start(agent: MemoryAgent) -> None:
    agent.control("sshd", "stop")
    assert agent.status().jails == ()
    agent.control("sshd", "start")
    assert [jail.name for jail in agent.status().jails] == ["sshd"]


def test_an_older_lock_than_was_seen_controls_nothing(agent: MemoryAgent) -> None:
    agent.control("sshd", "idle", fence=Fence(lock="configure:1", token=2))
    with pytest.raises(LockLost):
        agent.control("sshd", "stop", fence=Fence(lock="configure:1", token=1))
    assert agent.fail2ban.jail_names() == ("sshd",)


@pytest.mark.parametrize("what", ["", "STOP", "stop; reboot", "unban", None, 7])
def test_nothing_else_can_be_told(agent: MemoryAgent, what: object) -> None:
    with pytest.raises(InvalidInput):
        agent.control("sshd", what)  # type: ignore[arg-type]


def test_what_the_files_ignore_is_not_taken_away(agent: MemoryAgent) -> None:
    agent.configured = ConfiguredJails((ConfiguredJail("sshd", True, {"ignoreip": "127.0.0.1/8, 192.0.2.1"}, ()),))
    agent.ignore("sshd", add=[ONE, TWO])
    agent.ignore("sshd", drop=[ONE, TWO])
    assert agent.fail2ban.ignored("sshd") == ("192.0.2.1",)


def test_the_last_lines_of_a_log_are_told(agent: MemoryAgent, logs: Path) -> None:
    assert named(agent, logs / "auth.log") == [("auth.log", "second|third")]
    assert named(agent, f"{logs}/auth.log tail") == [("auth.log", "second|third")]


def test_a_pattern_names_every_file_that_fits(agent: MemoryAgent, logs: Path) -> None:
    (logs / "auth.log.1").write_text("old\n")
    assert [name for name, _ in named(agent, logs / "auth*")] == ["auth.log", "auth.log.1"]
    assert named(agent, logs / "nosuch*") == [("nosuch*", "No file fits this pattern.")]


def test_a_log_that_is_not_there_is_told_as_such(agent: MemoryAgent, logs: Path) -> None:
    assert named(agent, logs / "gone.log") == [("gone.log", "It cannot be opened: No such file or directory.")]


@pytest.mark.parametrize("path", ["../secret", "/etc/shadow", "auth.log", "{logs}/../secret", "{logs}/**/x", "\x00"])
def test_nothing_outside_the_folders_for_logs_is_opened(agent: MemoryAgent, logs: Path, path: str) -> None:
    ((_name, told),) = named(agent, path.format(logs=logs))
    assert told.startswith(("Only a plain absolute path", "It lies outside"))


def test_a_link_out_of_the_folders_shows_nothing(agent: MemoryAgent, logs: Path) -> None:
    (logs / "link.log").symlink_to(logs.parent / "secret")
    (logs / "inside.log").symlink_to(logs / "auth.log")
    told = dict(named(agent, logs / "link.log", logs / "inside.log"))
    assert told["link.log"] == "It is a link that leads out of the folders for logs."
    assert told["inside.log"] == "second|third"


def test_a_folder_and_a_pipe_are_no_logs(agent: MemoryAgent, logs: Path) -> None:
    os.mkfifo(logs / "pipe.log")
    (logs / "folder.log").mkdir()
    assert {told for _, told in named(agent, logs / "pipe.log", logs / "folder.log")} == {"It is no ordinary file."}


def test_of_a_big_log_only_the_end_is_read(agent: MemoryAgent, logs: Path) -> None:
    (logs / "big.log").write_bytes(b"\xff" * 200_000 + b"\n" + b"x" * 5_000 + b"\nlast\n")
    ((_, told),) = named(agent, logs / "big.log")
    assert told == "x" * 2_000 + "|last"


def test_a_jail_that_nobody_knows_watches_nothing(agent: MemoryAgent) -> None:
    with pytest.raises(JailUnknown):
        agent.watched("nosuch")
    assert agent.watched("sshd").files == ()
