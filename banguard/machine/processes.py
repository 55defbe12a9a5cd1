"""What runs besides PostgreSQL: each process, its user, and no more of the environment than it needs."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from banguard import env
from banguard.machine import fail2ban, ordinary
from banguard.machine.call import OrdinaryUser
from banguard.machine.child import Service
from banguard.machine.django import MANAGE
from banguard.machine.fail2ban import Fail2ban
from banguard.machine.places import PYTHON

_DOORS, _AGENT = 1, 2  # ranks: what uses a process stops before it
_CONFIGURATION = Path(__file__).with_name("gunicorn_conf.py")
# The data folder is where its socket lies unless that is named.
_FOR_THE_AGENT = {"BANGUARD_DATA_DIR", *(field.alias for field in env.AgentEnvironment.model_fields.values())}


def shared_environment(variables: Mapping[str, str], data: Path) -> dict[str, str]:
    """For web, worker, collector and ``manage.py``. Secrets from files are read here: the ordinary user may not."""
    found = _with_secrets_read(variables)
    for name in fail2ban.VARIABLES:
        found.pop(name, None)
    found.setdefault("BANGUARD_LOG_FORMAT", "console")
    return {**found, "PYTHONUNBUFFERED": "1", "PROMETHEUS_MULTIPROC_DIR": str(data / "prometheus")}


def agent_environment(variables: Mapping[str, str], server: Fail2ban, user: OrdinaryUser | None) -> dict[str, str]:
    """Of our own settings only those that it reads: what a new one holds is then kept from it without a thought."""
    read = _with_secrets_read(variables)
    found = {name: value for name, value in read.items() if not env.is_ours(name) or name in _FOR_THE_AGENT}
    found.setdefault("BANGUARD_LOG_FORMAT", "console")
    if user:
        found.setdefault("BANGUARD_AGENT_GROUP", user.group)
    return {**found, **server.environment, "PYTHONUNBUFFERED": "1"}


def _with_secrets_read(variables: Mapping[str, str]) -> dict[str, str]:
    read = env.with_files(variables)
    return {name: value for name, value in read.items() if not (name.endswith("_FILE") and name[:-5] in read)}


def clear_metrics(data: Path, user: OrdinaryUser | None) -> None:
    """The files of processes that are gone would be counted for ever."""
    folder = data / "prometheus"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    ordinary.give(folder, user)


def agent(environment: Mapping[str, str]) -> Service:
    return Service("agent", (str(PYTHON), "-m", "banguard.agent"), _AGENT, environment, stop_seconds=10)


def doors(environment: Mapping[str, str], bind: str, user: OrdinaryUser | None) -> tuple[Service, ...]:
    """Web, worker and collector: they need no power and never see Fail2ban."""
    gunicorn = (str(PYTHON), "-m", "gunicorn", "--config", str(_CONFIGURATION), "--bind", bind)
    commands = {"web": gunicorn, "worker": (*MANAGE, "qcluster"), "collector": (*MANAGE, "collect")}
    return tuple(Service(name, command, _DOORS, environment, user) for name, command in commands.items())
