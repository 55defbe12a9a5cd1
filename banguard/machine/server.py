"""``script/server``: everything in its order, then the supervisor until somebody stops it."""

from __future__ import annotations

import os
from pathlib import Path

from banguard import env
from banguard.machine import (
    address,
    assets,
    database,
    fail2ban,
    keys,
    leftovers,
    lock,
    ordinary,
    postgres,
    private_fail2ban,
    processes,
    ready,
    say,
    setup,
)
from banguard.machine.address import Address
from banguard.machine.call import OrdinaryUser
from banguard.machine.errors import CannotGoOn, Stopped
from banguard.machine.places import PYTHON, data_folder
from banguard.machine.supervise import Supervisor

_READY_SECONDS = 60.0
_LINK_SECONDS = 30.0


def run() -> int:
    handle, data = int(os.environ.pop(lock.VARIABLE)), data_folder()
    record = data / "run" / "groups"
    say.plain("BanGuard is getting ready.")
    leftovers.sweep(record)
    user = _who_serves(data)
    keys.lay_down(data, os.environ, user)
    settings = _settings(data)
    at = Address(settings.host, settings.port)
    address.refuse_taken(at)
    lock.describe(handle, pid=os.getpid(), address=at.url)
    supervisor = Supervisor(record)
    try:
        _start_all(supervisor, data, settings, at, user)
        supervisor.run()
    except Stopped:
        say.plain("Stopping ...")
    finally:
        supervisor.stop()
        private_fail2ban.stop_any(data / "fail2ban")
        lock.describe(handle)
    say.plain("BanGuard has stopped.")
    return 0


def _who_serves(data: Path) -> OrdinaryUser | None:
    """Whom web, worker and collector run as; None is the user who started this."""
    user = ordinary.ordinary_user()
    if user is None:
        return None
    reason = ordinary.why_not(user, PYTHON, data)
    if reason is None:
        say.about("power", f"web, worker and collector run as the user {user.name}, not as root")
        return user
    say.about("power", f"everything runs as root, because the user {user.name} cannot run it: {reason}")
    return None


def _settings(data: Path) -> env.Environment:
    """Raises ``CannotGoOn`` that names every variable that cannot be used."""
    try:
        return env.read(env.Environment, {"DATABASE_URL": env.embedded_database_url(data), **os.environ})
    except env.EnvironmentInvalid as error:
        raise CannotGoOn(str(error)) from error


def _start_all(
    supervisor: Supervisor, data: Path, settings: env.Environment, at: Address, user: OrdinaryUser | None
) -> None:
    environment = processes.shared_environment(os.environ, data)
    if settings.database_url == env.embedded_database_url(data):
        postgres.start(postgres.Cluster(data), supervisor)
    processes.clear_metrics(data, user)
    if database.bring_up_to_date(data, settings.database_url, environment, user):
        setup.forget(data)
    link = setup.ask_for_link(data, environment, user)
    assets.lay_out(data, environment, user)
    server = fail2ban.find(data)
    if server.service:
        supervisor.start(server.service)
    supervisor.start(processes.agent(processes.agent_environment(os.environ, server, user)))
    for service in processes.doors(environment, at.bind, user):
        supervisor.start(service)
    _wait_until_ready(supervisor, settings, at, fail2ban_expected=server.expected)
    supervisor.run_until(lambda: link is None or link.poll() is not None, _LINK_SECONDS)
    say.plain(f"\nBanGuard is running at {at.url} (Ctrl-C stops it)")
    if link:
        setup.say_link(data, link, at)
    say.plain()


def _wait_until_ready(
    supervisor: Supervisor, settings: env.Environment, at: Address, *, fail2ban_expected: bool
) -> None:
    wanted = ("database", "worker", "collector", *(("fail2ban",) if fail2ban_expected else ()))
    host = _accepted_host(settings, at)
    found: dict[str, bool] = {}

    def is_ready() -> bool:
        found.clear()
        found.update(ready.parts(at, host))
        return not ready.missing(found, wanted)

    if not supervisor.run_until(is_ready, _READY_SECONDS, every=0.3):
        late = ready.missing(found, wanted) if found else ["the web server"]
        say.problem(f"Not ready after {_READY_SECONDS:.0f} s: {', '.join(late)}. The lines above may say why.")


def _accepted_host(settings: env.Environment, at: Address) -> str:
    """A ``Host`` that Django lets through, whatever BANGUARD_ALLOWED_HOSTS says."""
    return next((host.lstrip(".") for host in settings.allowed_hosts if host != "*"), at.to_connect)
