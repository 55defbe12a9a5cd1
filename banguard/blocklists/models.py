"""Feeds, the runs that imported them, and what they hold."""

from __future__ import annotations

from django.contrib.postgres.indexes import SpGistIndex
from django.db import models
from django.db.models.functions import Now
from netfields import CidrAddressField

from banguard.blocklists.values import UNFINISHED, Enforcement, Format, Stage, State


class Source(models.Model):
    """A feed. ``schedule`` is a cron expression, empty for "only when asked"."""

    name = models.CharField(max_length=100, unique=True)
    url = models.URLField(max_length=2_000)
    format = models.CharField(max_length=16, choices=[(one, one) for one in Format], default=Format.PLAIN)
    enabled = models.BooleanField(default=True)
    enforcement = models.CharField(max_length=8, choices=[(one, one) for one in Enforcement], default=Enforcement.JAIL)
    schedule = models.CharField(max_length=100, blank=True)
    note = models.TextField(blank=True, max_length=2_000)
    etag = models.CharField(max_length=500, blank=True, editable=False)
    last_modified = models.CharField(max_length=100, blank=True, editable=False)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Run(models.Model):
    """One import of one source, from being asked for to its end. Counts are of entries (networks)."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="runs")
    state = models.CharField(max_length=16, choices=[(one, one) for one in State], default=State.QUEUED)
    stage = models.CharField(max_length=16, choices=[(one, one) for one in Stage], blank=True)
    entries_read = models.IntegerField(default=0)
    entries_rejected = models.IntegerField(default=0)
    entries_merged = models.IntegerField(default=0)
    added = models.IntegerField(default=0)
    removed = models.IntegerField(default=0)
    protected = models.IntegerField(default=0)
    enforced = models.IntegerField(default=0)  # networks the server blocks for all sources together
    to_enforce = models.IntegerField(default=0)  # how many changes enforcement has to make
    done_enforcing = models.IntegerField(default=0)  # how many it has made
    bytes_read = models.BigIntegerField(default=0)
    http_status = models.IntegerField(null=True)
    samples = models.JSONField(default=list)  # [{"line", "text", "reason"}] of rejected lines
    error_code = models.CharField(max_length=32, blank=True)
    error = models.TextField(blank=True)
    asked_by = models.CharField(max_length=150, blank=True)
    queued_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # One import of a source at a time, whoever asks and however often.
            models.UniqueConstraint(
                fields=["source"], condition=models.Q(state__in=UNFINISHED), name="run_one_unfinished"
            ),
        ]
        indexes = [models.Index(fields=["source", "-id"], name="run_source_newest")]  # the runs of a source

    def __str__(self) -> str:
        return f"run {self.pk} of {self.source_id}"


class Entry(models.Model):
    """One network that a source holds now."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="entries")
    network = CidrAddressField()
    first_seen = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "entries"
        constraints = [models.UniqueConstraint(fields=["source", "network"], name="entry_once")]
        indexes = [SpGistIndex(fields=["network"], name="entry_network")]  # which list holds this address?

    def __str__(self) -> str:
        return str(self.network)
