"""The overlay of ignored addresses: it adds to what the files say, and is what Fail2ban makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from banguard.agent.memory import MemoryAgent
from banguard.config import overlay
from banguard.config.overlay import Base
from banguard.config.values import Wish
from banguard.core.networks import parse_network
from banguard.fail2ban.resolution import resolve

ONE, TWO, SIX = (parse_network(text) for text in ("192.0.2.1", "198.51.100.0/24", "2001:db8::5"))


def ignored(folder: Path) -> dict[str, set[str]]:
    """What each enabled jail ignores, by Fail2ban's own readers."""
    commands = [command for command in resolve(folder).stream if len(command) > 2 and command[2] == "addignoreip"]
    return {str(command[1]): set(map(str, command[3:])) for command in commands}


def laid(agent: MemoryAgent, folder: Path, *wishes: Wish) -> dict[str, set[str]]:
    bases = {name: overlay.base_of(agent.config_item("jail", name)) for name in ("sshd", "nginx-http-auth", "vsftpd")}
    (folder / overlay.IGNORED).write_bytes(overlay.text(wishes, bases) or b"")
    return ignored(folder)


@pytest.fixture
def jails(folder: Path) -> Path:
    (folder / "jail.local").write_text(
        "[DEFAULT]\nignoreip = 127.0.0.1/8\nbackend = polling\nlogpath = /dev/null\n"
        "[sshd]\nenabled = true\n"
        "[nginx-http-auth]\nenabled = true\nignoreip = 10.0.0.0/8,\n  10.9.9.9\n"
        "[vsftpd]\nenabled = true\nignoreip = %(known/ignoreip)s 172.16.0.1\n"
    )
    return folder


def test_what_every_jail_ignores_reaches_those_with_a_list_of_their_own(agent: MemoryAgent, jails: Path) -> None:
    found = laid(agent, jails, Wish("", ONE), Wish("", SIX))
    assert found["sshd"] == {"127.0.0.1/8", "192.0.2.1", "2001:db8::5"}
    assert found["nginx-http-auth"] == {"10.0.0.0/8", "10.9.9.9", "192.0.2.1", "2001:db8::5"}
    assert found["vsftpd"] == {"127.0.0.1/8", "172.16.0.1", "192.0.2.1", "2001:db8::5"}


def test_what_one_jail_ignores_concerns_no_other(agent: MemoryAgent, jails: Path) -> None:
    before = ignored(jails)
    found = laid(agent, jails, Wish("sshd", TWO))
    assert found["sshd"] == {"127.0.0.1/8", "198.51.100.0/24"}
    assert {name: some for name, some in found.items() if name != "sshd"} == {
        name: some for name, some in before.items() if name != "sshd"
    }


def test_written_again_it_says_the_same(agent: MemoryAgent, jails: Path) -> None:
    wishes = (Wish("", ONE), Wish("vsftpd", TWO))
    first = laid(agent, jails, *wishes)
    once = (jails / overlay.IGNORED).read_bytes()
    assert laid(agent, jails, *wishes) == first
    assert (jails / overlay.IGNORED).read_bytes() == once


def test_where_nothing_is_ignored_there_is_no_file(agent: MemoryAgent, jails: Path) -> None:
    assert overlay.text((), {"sshd": Base("127.0.0.1", None)}) is None


def test_without_a_list_before_it_says_only_its_own(agent: MemoryAgent, folder: Path) -> None:
    (folder / "jail.d/a.local").write_text("[sshd]\nenabled = true\nbackend = polling\nlogpath = /dev/null\n")
    assert laid(agent, folder, Wish("", ONE))["sshd"] == {"192.0.2.1"}
