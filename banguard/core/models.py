"""What locks and processes write down."""

from __future__ import annotations

from django.db import models


class Lease(models.Model):
    """Who holds, or last held, a lock. The advisory lock decides; this row fences and tells people.

    ``token`` only grows: each taking of any lock draws the next number. Times are the database's.
    """

    lock = models.CharField(max_length=32)
    subject = models.IntegerField()
    token = models.BigIntegerField()
    holder = models.CharField(max_length=100)
    host = models.CharField(max_length=255)
    pid = models.IntegerField()
    session = models.IntegerField()  # PostgreSQL's process for it
    taken_at = models.DateTimeField()
    heartbeat_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)
    lost_at = models.DateTimeField(null=True)  # when it was last found that a holder had gone without releasing it

    class Meta:
        constraints = [models.UniqueConstraint(fields=["lock", "subject"], name="lease_one_per_lock")]

    def __str__(self) -> str:
        return f"{self.lock} {self.subject}"


class Process(models.Model):
    """A process that runs, or fell silent a short while ago. Times are the database's."""

    role = models.CharField(max_length=16)
    host = models.CharField(max_length=255)
    pid = models.IntegerField()
    version = models.CharField(max_length=32)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "processes"
        constraints = [models.UniqueConstraint(fields=["role", "host", "pid"], name="process_once")]

    def __str__(self) -> str:
        return f"{self.role} {self.pid} on {self.host}"
