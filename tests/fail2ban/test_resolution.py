"""Our reading of the configuration against Fail2ban's own, for everything that the package ships."""

import ast
import json
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from banguard.fail2ban import origins, resolution
from tests.fail2ban.private_server import require_fail2ban

STOCK = Path("/etc/fail2ban")
EVERY_JAIL = {"jail.local": b"[DEFAULT]\nenabled = true\n"}
NOT_ON_THE_WIRE = {"enabled", "filter", "action", "logpath"}  # they become other commands


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    require_fail2ban()
    folder = tmp_path_factory.mktemp("stock") / "fail2ban"
    shutil.copytree(STOCK, folder)
    (folder / "jail.local").write_bytes(EVERY_JAIL["jail.local"])
    return folder


@pytest.fixture(scope="module")
def dumped(folder):
    done = subprocess.run(["fail2ban-client", "-c", str(folder), "-d"], capture_output=True, text=True, check=True)
    return [json.loads(json.dumps(ast.literal_eval(line))) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def resolved(folder):
    return resolution.resolve(folder, feed=True)


def test_the_stream_is_the_one_that_fail2ban_prints(resolved, dumped):
    assert list(resolved.stream) == dumped
    assert len(resolved.expected) == sum(command[0] == "start" for command in dumped) > 80


def test_nothing_that_is_shipped_is_refused(resolved):
    assert resolved.errors == ()


def test_every_option_of_every_jail_is_what_fail2ban_makes_of_it(folder, resolved):
    differences = [
        (jail, command, value)
        for jail, commands in resolved.by_jail.items()
        if jail
        for option, command, value in compared(folder, jail, commands)
        if str(command) != value
    ]
    assert differences == []


def compared(folder, jail, commands):
    """Each scalar option that reaches the server from the jail: (name, what Fail2ban sends, what we read)."""
    ours = {one.name: one.value for one in origins.definition(folder, "jail", jail).options}
    for command in commands:
        if command[0] == "add":
            yield "backend", command[2], ours["backend"]
        elif command[0] == "set" and len(command) == 4 and command[2] in ours.keys() - NOT_ON_THE_WIRE:
            yield command[2], command[3], spelt(command[3], ours[command[2]])


def spelt(sent, read):
    return str(read.strip().lower() in {"1", "on", "true", "yes"}) if isinstance(sent, bool) else read


def test_every_expression_of_every_jail_is_the_one_of_its_filter(folder, resolved):
    for jail, commands in resolved.by_jail.items():
        if not jail:
            continue
        sent = {command[2]: command[3] for command in commands if command[2:3] and "regex" in str(command[2])}
        name = {one.name: one.value for one in origins.definition(folder, "jail", jail).options}["filter"]
        ours = {one.name: one.value for one in origins.definition(folder, "filter", name.split("[")[0]).options}
        for option, wanted in sent.items():
            read = [line for line in ours[option.removeprefix("add")].split("\n") if line]
            plain = [(ours_, theirs) for ours_, theirs in zip(read, listed(wanted), strict=False) if "<" not in ours_]
            assert all(ours_ == theirs for ours_, theirs in plain), (jail, option)


def listed(value):
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize(
    ("text", "jail", "option"),
    [
        ("[sshd]\nbantime = abc\n", "sshd", "bantime"),
        ("[sshd]\nbantime = __import__('os').system('touch /tmp/banguard-was-here')\n", "sshd", "bantime"),
        ("[sshd]\nfindtime = 10 parsecs\n", "sshd", "findtime"),
        ("[sshd]\nbackend = bogus\n", "sshd", "backend"),
        ("[sshd]\nlogencoding = bogus\n", "sshd", "logencoding"),
        ("[sshd]\nfailregex = ^(<HOST>\n", "sshd", "failregex"),
        ("[vsftpd]\nenabled = true\nfailregex = ^no address$\n", "vsftpd", "failregex"),
        ("[sshd]\nfilter = nosuch\n", "sshd", None),
        ("[sshd]\naction = nosuch\n", "sshd", None),
        ("[sshd]\nbantime = %(nosuch)s\n", None, None),
        ("no section\n", None, None),
        ("[sshd]\nmaxretry = 1\nmaxretry = 2\n", None, None),
    ],
)
def test_what_a_reload_would_break_on_is_found_and_named(text, jail, option):
    require_fail2ban()
    changes = {"jail.d/zz-banguard.local": text.encode(), "jail.local": b"[sshd]\nenabled = true\nbackend = polling\n"}
    found = resolution.resolve(STOCK, changes, feed=True).errors
    assert found
    assert (found[0].jail, found[0].option) == (jail, option)
    assert not Path("/tmp/banguard-was-here").exists()  # noqa: S108 - what the value above would have made


def test_a_change_tells_which_jails_it_touches_and_which_of_them_get_other_actions():
    require_fail2ban()
    base = {"jail.local": b"[sshd]\nenabled = true\nbackend = polling\n[vsftpd]\nenabled = true\n"}
    changed = b"[sshd]\nport = 2222\n[vsftpd]\nmaxretry = 9\n[nsd]\nenabled = true\n"
    before = resolution.resolve(STOCK, base)
    after = resolution.resolve(STOCK, base | {"jail.d/zz-banguard.local": changed})
    assert resolution.changed_jails(before, after) == ("nsd", "sshd", "vsftpd")
    assert resolution.with_other_actions(before, after) == {"sshd"}


def test_words_of_a_journal_match_are_those_of_the_filter(folder, resolved):
    sent = [command[3:] for command in resolved.by_jail["sshd"] if command[2] == "addjournalmatch"]
    filter_ = {one.name: one.value for one in origins.definition(folder, "filter", "sshd").options}
    assert sent == [shlex.split(filter_["journalmatch"])]
