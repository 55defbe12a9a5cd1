"""What an option may hold, before anything else is asked."""

from __future__ import annotations

import pytest

from banguard.config import options

BY_NAME = {option.name: option for option in (*options.JAIL, *options.RECURRING, *options.SERVER)}


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("enabled", ["true", "false"]),
        ("filter", ["sshd", "sshd[mode=aggressive]", "%(__name__)s"]),
        ("action", ["%(action_)s", 'nftables[port="ssh"]\nsendmail']),
        ("port", ["ssh", "80,443", "0:65535", "http, https", "%(known/port)s"]),
        ("logpath", ["/var/log/auth.log", "/var/log/nginx/*error.log tail", "%(sshd_log)s", "/a\n%(x)s\n/b head"]),
        ("backend", ["auto", "systemd", "systemd[journalflags=1]", "%(sshd_backend)s"]),
        ("maxretry", ["1", "500"]),
        ("findtime", ["600", "10m", "1d 12h"]),
        ("bantime", ["-1", "1w", "%(known/bantime)s"]),
        ("ignoreip", ["127.0.0.1/8 ::1", "10.0.0.0/8, host.example.org", "localhost", "%(known/ignoreip)s 192.0.2.1"]),
        ("bantime.factor", ["1", "1.5"]),
        ("bantime.multipliers", ["1 2 4 8"]),
        ("loglevel", ["INFO", "DEBUG"]),
        ("logtarget", ["SYSLOG", "SYSTEMD-JOURNAL", "/var/log/fail2ban.log", "/var/log/f/x.log"]),
        ("dbpurgeage", ["1d", "30d"]),
    ],
)
def test_what_people_write_will_do(name: str, values: list[str]) -> None:
    assert [options.problem(BY_NAME[name], value) for value in values] == [""] * len(values)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("enabled", ["maybe", "yes", "1", "true\n[sshd]"]),
        ("filter", ["", "../x", "a b", "x[a]b", "x\ny", "/etc/passwd", "sshd[mode=(a+)+]"]),
        ("action", ["x\x00y", "a\rb", "x" * 5_000]),
        ("port", ["ssh; reboot", "$(id)", "`id`", "ssh\nhttp", "%(x)s;"]),
        ("logpath", ["auth.log", "/var/../etc/shadow", "/var/log/$(id)", "/a;b", "~/x", "/a b"]),
        ("backend", ["bogus", "systemd]", "auto;"]),
        ("maxretry", ["0", "-1", "abc", "1e3", "٣", "1\n2", "9" * 9]),
        ("findtime", ["-1", "0", "abc", "__import__('os').system('id')"]),
        ("bantime", ["0", "-2", "10m; id", "1h*24"]),
        ("ignoreip", ["not an ip", "1.2.3.4/99", "x;y", "$(id)"]),
        ("bantime.factor", ["eval(1)", "1e9", "-1", ""]),
        ("bantime.multipliers", ["1  2", "1,2", "a", "1 2 ", "0"]),
        ("loglevel", ["LOUD", "info"]),
        (
            "logtarget",
            ["/etc/cron.d/x.log", "/var/log/../../etc/x.log", "/var/log/x", "relative.log", "/var/log/a b.log"],
        ),
        ("dbpurgeage", ["-1", "never"]),
    ],
)
def test_what_would_become_something_else_will_not(name: str, values: list[str]) -> None:
    assert [value for value in values if not options.problem(BY_NAME[name], value)] == []
