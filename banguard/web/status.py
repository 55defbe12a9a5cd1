"""What the page “Status” shows: each part, and first of all what needs somebody's attention."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from banguard.blocklists import selectors as blocklists
from banguard.blocklists.models import Enforced
from banguard.blocklists.values import Feed
from banguard.core import jobs, lock_report, presence, schema_state
from banguard.core.jobs import Planned, Queue
from banguard.core.lock_report import LockState
from banguard.core.presence import Role, Running
from banguard.history import selectors as history
from banguard.history.selectors import Followed
from banguard.servers import selectors as servers
from banguard.servers.values import Seen

WAITS_TOO_LONG = 120  # seconds of a task in the queue
BEHIND = timedelta(minutes=2)  # of history; the collector looks every few seconds
LITTLE_LEFT = 0.1  # of the disk


@dataclass(frozen=True)
class Disk:
    """In bytes, of the data folder's disk; ``database`` is the whole database, wherever it lies."""

    free: int
    total: int
    database: int

    @property
    def used_percent(self) -> int:
        return round(100 * (1 - self.free / self.total)) if self.total else 0

    @property
    def short(self) -> bool:
        return self.free < LITTLE_LEFT * self.total


@dataclass(frozen=True)
class Concern:
    """Something to look at: how bad (a tone of the components), what, and what to do."""

    tone: str
    what: str
    advice: str


@dataclass(frozen=True)
class Overview:
    server: Seen
    followed: Followed | None
    processes: list[Running]
    holes: int  # within a day
    enforced: list[Enforced]
    queue: Queue
    schedules: list[Planned]
    feeds: list[Feed]
    locks: list[LockState]
    lost_lately: list[str]
    disk: Disk
    pending: list[str]
    now: datetime

    @property
    def concerns(self) -> list[Concern]:
        parts = (_of_server, _of_history, _of_processes, _of_queue, _of_feeds, _of_enforcement, _of_rest)
        return [concern for part in parts for concern in part(self)]


def overview(*, now: datetime) -> Overview:
    """Everything at once, from what the parts wrote down. A dozen queries, whatever the tables hold."""
    folder = settings.DATA_DIR if settings.DATA_DIR.is_dir() else settings.BASE_DIR
    disk = shutil.disk_usage(folder)
    return Overview(
        server=servers.seen(),
        followed=history.followed(),
        processes=presence.processes(),
        holes=history.holes(hours=24),
        enforced=blocklists.enforced(),
        queue=jobs.queue(),
        schedules=jobs.schedules(),
        feeds=blocklists.feeds(),
        locks=lock_report.report(),
        lost_lately=lock_report.lost_lately(),
        disk=Disk(disk.free, disk.total, schema_state.database_bytes()),
        pending=schema_state.pending(),
        now=now,
    )


def _of_server(found: Overview) -> Iterator[Concern]:
    if not found.server.fresh:
        yield Concern(
            "bad",
            _("Nobody looks at Fail2ban."),
            _("Start the collector, or see in its log why it cannot. History is read up later; nothing is lost."),
        )
    elif not found.server.up:
        yield Concern("bad", _("Fail2ban does not answer."), found.server.reason)


def _of_history(found: Overview) -> Iterator[Concern]:
    """Only while somebody looks: a silent collector has its own concern."""
    if found.followed is None or not found.server.fresh:
        return
    if found.followed.source == "none":
        what = _("Nothing of Fail2ban's log can be read.")
        yield Concern("warn", what, found.followed.hole or _("Bans that end between two looks may be missing."))
    elif found.followed.lag > BEHIND:
        what = _("History is behind Fail2ban.")
        yield Concern("warn", what, _("It catches up by itself; what the collector's log says of it tells why."))
    if found.holes and found.followed.source != "none":
        what = ngettext("History has a hole of today.", "History has %(count)d holes of today.", found.holes)
        yield Concern(
            "warn", what % {"count": found.holes}, _("Bans may be missing: a log was gone before it was read.")
        )


def _of_processes(found: Overview) -> Iterator[Concern]:
    alive = {process.role for process in found.processes if process.fresh}
    for role in Role:
        if role not in alive:
            what = _("No %(role)s process tells of itself.") % {"role": role.value}
            yield Concern("bad", what, _("Start it; if it runs, its log says why it cannot reach the database."))
    for process in found.processes:
        where = {"role": process.role, "pid": process.pid, "host": process.host}
        if not process.fresh:
            what = _("The %(role)s process %(pid)d on %(host)s fell silent.") % where
            yield Concern("warn", what, _("It was killed or is cut off from the database. Others go on."))
        elif process.outdated:
            what = _("The %(role)s process %(pid)d on %(host)s runs another version than this page.") % where
            yield Concern("warn", what, _("Restart it to complete the upgrade."))


def _of_queue(found: Overview) -> Iterator[Concern]:
    if found.queue.oldest > WAITS_TOO_LONG:
        waiting = ngettext("%(count)d task waits.", "%(count)d tasks wait.", found.queue.waiting)
        yield Concern(
            "bad",
            waiting % {"count": found.queue.waiting},
            _("Nobody carries them out: is the worker there, and not busy with something that hangs?"),
        )
    for schedule in found.schedules:
        if schedule.last_well is False:
            what = _("The schedule “%(name)s” failed when it last ran.") % {"name": schedule.name}
            yield Concern("warn", what, _("The worker's log has the error."))


def _of_feeds(found: Overview) -> Iterator[Concern]:
    for feed in found.feeds:
        if not feed.enabled:
            continue
        if feed.failed:
            what = _("The last import of “%(name)s” failed.") % {"name": feed.name}
            yield Concern("warn", what, _("What it brought before is still enforced. Its page shows the error."))
        elif feed.stale:
            what = _("Nothing was imported from “%(name)s” for a long time.") % {"name": feed.name}
            yield Concern("warn", what, _("Two planned imports in a row brought nothing."))


def _of_enforcement(found: Overview) -> Iterator[Concern]:
    for one in found.enforced:
        if one.problem:
            what = _("%(server)s does not block what it should (%(enforcement)s).")
            yield Concern("bad", what % {"server": one.server.name, "enforcement": one.enforcement}, one.problem)


def _of_rest(found: Overview) -> Iterator[Concern]:
    for lock in found.lost_lately:
        what = _("The lock “%(lock)s” was lost lately.") % {"lock": lock}
        yield Concern("warn", what, _("Its holder was paused or cut off. The next one goes on; nothing was broken."))
    if found.disk.short:
        yield Concern("bad", _("The disk is nearly full."), _("A full disk stops the database: make room."))
    if found.pending:
        yield Concern("bad", _("The database lacks a migration."), _("Run manage.py migrate."))
