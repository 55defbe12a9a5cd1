"""Samples that a filter has to keep right."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from netfields import CidrAddressField

from banguard.servers.models import Server


class Sample(models.Model):
    """A line that a filter must match, or must not. A change of the filter that breaks one is refused."""

    filter = models.CharField(max_length=100)
    line = models.TextField(max_length=8_192)
    must_match = models.BooleanField(default=True)
    author = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["filter", "id"]
        constraints = [models.UniqueConstraint(fields=["filter", "line"], name="sample_once")]

    def __str__(self) -> str:
        return f"{self.filter}: {self.line[:60]}"


class Pause(models.Model):
    """A jail that was told to be idle through us. Fail2ban itself does not tell whether a jail is."""

    server = models.ForeignKey(Server, on_delete=models.CASCADE)
    jail = models.CharField(max_length=64)
    by = models.CharField(max_length=150, blank=True)
    since = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["server", "jail"], name="pause_once")]

    def __str__(self) -> str:
        return f"{self.jail} since {self.since}"


class Ignored(models.Model):
    """An address or network that a jail, or every one, never bans by itself.

    ``kept``: the files of the server say what this row says. A row that has ended goes once they do.
    """

    server = models.ForeignKey(Server, on_delete=models.CASCADE)
    jail = models.CharField(max_length=64, blank=True)  # empty: every jail
    network = CidrAddressField()
    note = models.CharField(max_length=200, blank=True)
    author = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    kept = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "ignored"
        constraints = [
            models.UniqueConstraint(
                fields=["server", "jail", "network"], condition=models.Q(ended_at=None), name="ignored_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.network} in {self.jail or 'every jail'}"
