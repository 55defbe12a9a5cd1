"""What ``/metrics`` reads off the database when it is asked: gauges that no process counts.

A few queries, whatever the tables hold. Labels are names that people gave (jails, sources) and of ours.
"""

from __future__ import annotations

import platform
import shutil
from collections import Counter
from collections.abc import Iterator

from django.conf import settings
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric

from banguard import __version__
from banguard.blocklists import selectors as blocklists
from banguard.config import selectors as config
from banguard.core import jobs, locks, presence, schema_state
from banguard.core.presence import Role
from banguard.history import selectors as history
from banguard.servers import selectors as servers
from banguard.servers.values import Seen

PER_JAIL = {
    "f2b_jail_banned_current": ("banned_current", "Addresses that are banned now."),
    "f2b_jail_banned_total": ("banned_total", "Bans since Fail2ban started."),
    "f2b_jail_failed_current": ("failed_current", "Addresses with failures that count now."),
    "f2b_jail_failed_total": ("failed_total", "Failures since Fail2ban started."),
    "f2b_config_jail_ban_time": ("ban_time", "Seconds of a ban; -1: for ever."),
    "f2b_config_jail_find_time": ("find_time", "Seconds within which failures count."),
    "f2b_config_jail_max_retries": ("max_retries", "Failures that lead to a ban."),
}
PER_SOURCE = {
    "banguard_source_entries": ("entries", "Networks that the source held when it was last read."),
    "banguard_source_age_seconds": ("age", "Since the last import that succeeded, or since the source was made."),
    "banguard_source_planned_seconds": ("every", "Between two planned imports; 0: only when asked."),
    "banguard_source_import_seconds": ("seconds", "How long the last import took."),
    "banguard_source_import_added": ("added", "Networks that the last import added."),
    "banguard_source_import_removed": ("removed", "Networks that the last import removed."),
    "banguard_source_import_rejected": ("rejected", "Lines of the last import that were no address."),
    "banguard_source_import_failed": ("failed", "Whether the last import failed or broke off."),
    "banguard_source_enabled": ("enabled", "Whether the source counts."),
}


def readings() -> Iterator[Metric]:
    server = servers.seen()
    yield from _of_fail2ban(server)
    yield from _of_collector(server)
    yield from _of_history()
    yield from _of_sources()
    yield from _of_enforcement()
    yield _of_revisions()
    yield from _of_queue()
    yield _held()
    yield from _of_processes()
    yield from _of_disk()


def _of_fail2ban(server: Seen) -> Iterator[Metric]:
    yield GaugeMetricFamily("f2b_up", "Whether Fail2ban answered when it was last looked at.", int(server.up))
    yield GaugeMetricFamily("f2b_jail_count", "Running jails.", server.jail_count)
    version = GaugeMetricFamily("f2b_version", "Fail2ban's version.", labels=["fail2ban"])
    version.add_metric([server.version], 1)
    yield version
    for name, (attribute, meaning) in PER_JAIL.items():
        family = GaugeMetricFamily(name, meaning, labels=["jail"])
        for jail in server.jails:
            family.add_metric([jail.name], getattr(jail, attribute))
        yield family


def _of_collector(server: Seen) -> Iterator[Metric]:
    """Nothing while it never looked: an alert on absence tells that."""
    lag = GaugeMetricFamily(
        "banguard_collector_lag_seconds", "Since the collector last looked at Fail2ban.", labels=["server"]
    )
    if server.age is not None:
        lag.add_metric([server.name], server.age)
    yield lag


def _of_history() -> Iterator[Metric]:
    """No lag while Fail2ban was never followed."""
    followed = history.followed()
    lag = GaugeMetricFamily("banguard_history_lag_seconds", "How far history is behind Fail2ban.", labels=["source"])
    if followed:
        lag.add_metric([followed.source], followed.lag.total_seconds())
    yield lag
    holes = history.holes(hours=24)
    yield GaugeMetricFamily("banguard_history_holes", "Times within a day that history may lack something.", holes)


def _of_enforcement() -> Iterator[Metric]:
    """From what the comparison of each minute wrote down."""
    labels = ["server", "enforcement", "backend"]
    networks = GaugeMetricFamily("banguard_enforced_networks", "Networks that are blocked.", labels=labels)
    problem = GaugeMetricFamily("banguard_enforced_problem", "Whether they are not what they should be.", labels=labels)
    packets = CounterMetricFamily(
        "banguard_enforced_dropped_packets_total", "Packets the kernel dropped.", labels=labels
    )
    octets = CounterMetricFamily("banguard_enforced_dropped_bytes_total", "Bytes of them.", labels=labels)
    for one in blocklists.enforced():
        named = [one.server.name, one.enforcement, one.backend]
        networks.add_metric(named, one.networks)
        problem.add_metric(named, bool(one.problem))
        packets.add_metric(named, one.packets)
        octets.add_metric(named, one.octets)
    yield from (networks, problem, packets, octets)


def _of_sources() -> Iterator[Metric]:
    feeds = blocklists.feeds()
    for name, (attribute, meaning) in PER_SOURCE.items():
        family = GaugeMetricFamily(name, meaning, labels=["source"])
        for feed in feeds:
            family.add_metric([feed.name], float(getattr(feed, attribute) or 0))
        yield family


def _of_revisions() -> Metric:
    family = GaugeMetricFamily(
        "banguard_revisions", "Changes of Fail2ban's files, by what came of them.", labels=["state"]
    )
    for state, count in config.revisions_by_state().items():
        family.add_metric([state], count)
    return family


def _of_queue() -> Iterator[Metric]:
    queue = jobs.queue()
    yield GaugeMetricFamily("banguard_workers", "Worker clusters with a fresh heartbeat.", queue.workers)
    yield GaugeMetricFamily("banguard_tasks_waiting", "Tasks that no worker has taken yet.", queue.waiting)
    yield GaugeMetricFamily("banguard_tasks_oldest_seconds", "How long the oldest of them waits.", queue.oldest)


def _held() -> Metric:
    held = Counter(name for name, _subject in locks.held_now())
    family = GaugeMetricFamily("banguard_lock_held", "How many of a lock's subjects are held now.", labels=["lock"])
    for name in locks.LOCKS:
        family.add_metric([name], held[name])
    return family


def _of_processes() -> Iterator[Metric]:
    running = presence.processes()
    alive = Counter(process.role for process in running if process.fresh)
    family = GaugeMetricFamily("banguard_processes", "Processes that told of themselves lately.", labels=["role"])
    for role in Role:
        family.add_metric([role.value], alive[role.value])
    yield family
    build = GaugeMetricFamily(
        "banguard_build_info", "The versions that run; more than one: an upgrade is half done.",
        labels=["version", "python"],
    )  # fmt: skip
    for version in sorted({__version__, *(process.version for process in running if process.fresh)}):
        build.add_metric([version, platform.python_version()], 1)
    yield build


def _of_disk() -> Iterator[Metric]:
    yield GaugeMetricFamily("banguard_database_bytes", "What the database takes.", schema_state.database_bytes())
    disk = shutil.disk_usage(settings.DATA_DIR if settings.DATA_DIR.is_dir() else settings.BASE_DIR)
    yield GaugeMetricFamily("banguard_disk_free_bytes", "Free on the disk of the data folder.", disk.free)
    yield GaugeMetricFamily("banguard_disk_bytes", "The size of that disk.", disk.total)
