"""``manage.py qcluster``: django-q2's worker, whose tasks are told when it is to stop."""

from __future__ import annotations

from types import FrameType

from django.core.management.base import BaseCommand
from django_q.cluster import Cluster

from banguard.core import presence, stopping
from banguard.core.presence import Role


class Command(BaseCommand):
    help = "Run tasks and schedules until told to stop; what is running then ends or hands back at a safe step."

    def handle(self, *_args: object, **_options: object) -> None:
        cluster = _TellingCluster()
        cluster.start()
        presence.begin(Role.WORKER)  # this process forks no more
        cluster.sentinel.join()


class _TellingCluster(Cluster):  # type: ignore[misc]
    def sig_handler(self, number: int, frame: FrameType | None) -> None:
        stopping.tell()
        super().sig_handler(number, frame)
