"""What the locks write down."""

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
