"""``/metrics``: Prometheus text, for ``BANGUARD_METRICS_TOKEN`` or whoever may read."""

from __future__ import annotations

import ipaddress
import secrets
from collections import Counter
from collections.abc import Iterator

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from banguard.accounts.auth import require
from banguard.accounts.values import Scope
from banguard.core import http, jobs, locks
from banguard.core.errors import BanGuardError
from banguard.core.metrics import exposition
from banguard.servers import selectors as servers
from banguard.servers.values import Seen

PER_JAIL = {
    "f2b_jail_banned_current": "banned_current",
    "f2b_jail_banned_total": "banned_total",
    "f2b_jail_failed_current": "failed_current",
    "f2b_jail_failed_total": "failed_total",
    "f2b_config_jail_ban_time": "ban_time",
    "f2b_config_jail_find_time": "find_time",
    "f2b_config_jail_max_retries": "max_retries",
}


@require_safe
@never_cache
@login_not_required
def metrics(request: HttpRequest) -> HttpResponse:
    try:
        known = _may_scrape(request)
    except BanGuardError as error:
        return http.answer(error)
    if not known:
        return http.answer(http.refusal(401))
    return HttpResponse(exposition(_readings()), content_type=CONTENT_TYPE_LATEST)


def _may_scrape(request: HttpRequest) -> bool:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    expected = settings.METRICS_TOKEN
    if expected and scheme == "Bearer" and secrets.compare_digest(token.encode(), expected.encode()):
        return True
    if _is_allowed_network(request.META.get("REMOTE_ADDR", "")):
        return True
    return any(door(request) for door in require(Scope.READ))


def _is_allowed_network(sender: str) -> bool:
    """``sender`` is whom a proxy that we know speaks for, if there is one; empty on a Unix socket."""
    if not sender or not settings.METRICS_ALLOWED_NETWORKS:
        return False
    address = ipaddress.ip_address(sender)
    return any(address in network for network in settings.METRICS_ALLOWED_NETWORKS)


def _readings() -> Iterator[Metric]:
    server, queue = servers.seen(), jobs.queue()
    yield GaugeMetricFamily("f2b_up", "Whether Fail2ban answered when it was last looked at.", int(server.up))
    yield GaugeMetricFamily("f2b_jail_count", "Running jails.", server.jail_count)
    version = GaugeMetricFamily("f2b_version", "Fail2ban's version.", labels=["fail2ban"])
    version.add_metric([server.version], 1)
    yield version
    yield from _of_jails(server)
    yield _held()
    yield GaugeMetricFamily("banguard_workers", "Worker clusters with a fresh heartbeat.", queue.workers)
    yield GaugeMetricFamily("banguard_tasks_waiting", "Tasks that no worker has taken yet.", queue.waiting)


def _held() -> Metric:
    held = Counter(name for name, _subject in locks.held_now())
    family = GaugeMetricFamily("banguard_lock_held", "How many of a lock's subjects are held now.", labels=["lock"])
    for name in locks.LOCKS:
        family.add_metric([name], held[name])
    return family


def _of_jails(server: Seen) -> Iterator[Metric]:
    for name, attribute in PER_JAIL.items():
        family = GaugeMetricFamily(name, f"Fail2ban's {attribute.replace('_', ' ')}, per jail.", labels=["jail"])
        for jail in server.jails:
            family.add_metric([jail.name], getattr(jail, attribute))
        yield family
