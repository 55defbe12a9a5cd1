"""The services that a Fail2ban server watches over: their jails, as shipped, and what they log of a failure."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from pathlib import Path

USERS = ("root", "admin", "ubuntu", "test", "oracle", "postgres", "git", "deploy", "info", "www-data")
SYSLOG = "%b %d %H:%M:%S"
MAX_RETRY = 5
BAN_SECONDS = 3_600
# Between the package's files and those that BanGuard writes; the demonstration is not what a real server has.
JAILS = f"""[DEFAULT]
backend = polling
maxretry = {MAX_RETRY}
findtime = 10m
bantime = {BAN_SECONDS}

[demo]
enabled = false
"""


@dataclass(frozen=True)
class Service:
    """``share``: of all attacks, in percent; ``line`` is what its program logs, at times written as ``moment`` says."""

    jail: str
    log: str
    share: int
    moment: str
    line: str

    def failure(self, address: str, chance: random.Random, at: float) -> str:
        parts = {
            "at": time.strftime(self.moment, time.localtime(at)),
            "address": address,
            "user": chance.choice(USERS),
            "pid": chance.randint(1_000, 99_000),
            "port": chance.randint(1_024, 65_000),
        }
        return self.line.format(**parts)


SERVICES = (
    Service(
        "sshd", "auth.log", 68, SYSLOG,
        "{at} www sshd[{pid}]: Failed password for {user} from {address} port {port} ssh2",
    ),
    Service(
        "nginx-http-auth", "nginx-error.log", 14, "%Y/%m/%d %H:%M:%S",
        '{at} [error] 812#812: *{pid} user "{user}": password mismatch, client: {address}, server: www.example.org,'
        ' request: "GET /private/ HTTP/1.1", host: "www.example.org"',
    ),
    Service(
        "postfix-sasl", "mail.log", 11, SYSLOG,
        "{at} www postfix/smtpd[{pid}]: warning: unknown[{address}]: SASL LOGIN authentication failed: (reason"
        " unavailable), sasl_username={user}",
    ),
    Service(
        "dovecot", "mail.log", 7, SYSLOG,
        "{at} www dovecot: imap-login: Disconnected (auth failed, 3 attempts in 14 secs): user=<{user}>, method=PLAIN,"
        " rip={address}, lip=192.0.2.10, TLS, session=<{pid}>",
    ),
)  # fmt: skip


def one_of_them(chance: random.Random) -> Service:
    return chance.choices(SERVICES, [service.share for service in SERVICES])[0]


def logs_of(data: Path) -> Path:
    return data / "fail2ban/logs"


def lay(data: Path) -> None:
    """Their logs, empty, and jails that watch them, before the server starts: so no change from outside is told."""
    logs, folder = logs_of(data), data / "fail2ban/config/jail.d"
    for path in (logs, folder):
        path.mkdir(parents=True)
    for service in SERVICES:
        (logs / service.log).touch()
    watched = (f"[{one.jail}]\nenabled = true\nlogpath = {logs}/{one.log}\n" for one in SERVICES)
    (folder / "services.local").write_text("\n".join((JAILS, *watched)))


def attack(data: Path, address: str, chance: random.Random) -> None:
    """Failures enough for a ban, logged now; some try on for a little longer."""
    service, now = one_of_them(chance), time.time()
    lines = [service.failure(address, chance, now) for _ in range(MAX_RETRY + chance.randint(0, 2))]
    with (logs_of(data) / service.log).open("a") as log:
        log.writelines(f"{line}\n" for line in lines)
