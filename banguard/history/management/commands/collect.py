"""``manage.py collect``: follow the Fail2ban server into history until told to stop."""

from __future__ import annotations

import itertools
import signal
import time
from typing import NoReturn

import psycopg
import structlog
from django.core.management.base import BaseCommand
from django.db import Error as DatabaseError
from django.db import close_old_connections

from banguard.agent.verbs import Jails, Status
from banguard.core import locks, presence
from banguard.core.errors import BanGuardError, LockBusy, LockLost, Unavailable
from banguard.core.locks import Held
from banguard.core.presence import Role
from banguard.history import services as history
from banguard.history.services import Follower
from banguard.servers import services as servers
from banguard.servers.models import Server

log = structlog.get_logger(__name__)

INTERVAL = 1.0  # seconds between two looks
READ_FILES_EVERY = 10  # looks: the configuration changes seldom, and reading it costs more
STAND_BY = 30.0  # seconds to stand in the queue for the lead, before asking anew


class Command(BaseCommand):
    help = "Follow the Fail2ban server into history, every second. One process leads, others stand by."

    def handle(self, *_args: object, **_options: object) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _end)
        presence.begin(Role.COLLECTOR)
        while True:
            try:
                close_old_connections()
                self._lead(servers.local())
            except LockBusy:
                continue
            except (LockLost, Unavailable, DatabaseError, psycopg.Error) as error:
                log.warning("collector_interrupted", reason=str(error))
                time.sleep(INTERVAL)

    def _lead(self, server: Server) -> None:
        with locks.hold(locks.COLLECT, server.pk, wait=STAND_BY) as held:
            log.info("collector_leads", server=server.name)
            follower = history.Follower(server, held)
            up: bool | None = None
            for turn in itertools.count():
                held.check()
                up = self._look(follower, up, files=turn % READ_FILES_EVERY == 0)
                time.sleep(INTERVAL)

    def _look(self, follower: Follower, was_up: bool | None, *, files: bool) -> bool:
        """One look at the server; returns whether it is up. Each change of that is logged once."""
        status = self._see(follower.server, follower.held, was_up, files=files)
        try:
            stored = follower.look(status)
        except LockLost:
            raise
        except BanGuardError as error:
            if status is not None:
                log.warning("server_not_followed", server=follower.server.name, reason=error.message)
            return False
        if stored:
            log.info("bans_stored", server=follower.server.name, count=stored)
        return status is not None

    def _see(self, server: Server, held: Held, was_up: bool | None, *, files: bool) -> Status | None:
        """How the server is, written down for the pages; None: it is down."""
        agent = servers.agent_of(server=server)
        try:
            status = agent.status()
            self._record(server, held, status, agent.jails() if files or not was_up else None)
        except LockLost:
            raise
        except BanGuardError as error:
            with held.writing():
                servers.record_down(server=server, error=error)
            if was_up is not False:
                log.warning("server_unreachable", server=server.name, reason=error.message)
            return None
        if was_up is not True:
            log.info("server_reached", server=server.name)
        return status

    @staticmethod
    def _record(server: Server, held: Held, status: Status, jails: Jails | None) -> None:
        with held.writing():
            servers.record_up(server=server, status=status)
            if jails is not None:
                servers.record_jails(server=server, jails=jails)


def _end(*_: object) -> NoReturn:
    """Break off wherever it is, be it an agent that does not answer: what is half done is done again next time."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    raise SystemExit(0)
