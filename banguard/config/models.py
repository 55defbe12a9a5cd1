"""Samples that a filter has to keep right, and every change of a configuration file."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from netfields import CidrAddressField

from banguard.config.values import UNDECIDED, Origin, Severity, State
from banguard.core.networks import text_of
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
        return f"{text_of(self.network)} in {self.jail or 'every jail'}"


class Revision(models.Model):
    """One change of one file: a draft first, then the intent to apply it, then what came of it.

    ``before`` and ``after`` are the file's bytes, None where it is not there; the digests are SHA-256, empty for None.
    """

    server = models.ForeignKey(Server, on_delete=models.CASCADE, related_name="revisions")
    path = models.CharField(max_length=300)
    before = models.BinaryField(null=True)
    after = models.BinaryField(null=True)
    before_digest = models.CharField(max_length=64, blank=True)
    after_digest = models.CharField(max_length=64, blank=True)
    origin = models.CharField(max_length=8, choices=[(one, one) for one in Origin], default=Origin.EDITOR)
    state = models.CharField(max_length=12, choices=[(one, one) for one in State], default=State.DRAFT)
    author = models.CharField(max_length=150, blank=True)
    comment = models.TextField(blank=True, max_length=2_000)
    restores = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="restored_by")
    findings = models.JSONField(default=list)  # values.Finding, as JSON
    effects = models.JSONField(default=list)  # values.Effect, as JSON
    effective = models.TextField(blank=True)  # a unified diff of what the configuration comes to
    message = models.TextField(blank=True)  # what Fail2ban or the agent said at the end
    by_hand = models.JSONField(default=list)  # commands for a person, when it is broken
    created_at = models.DateTimeField(db_default=Now())
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # One change of a server's configuration at a time: the lock keeps it, and this proves it.
            models.UniqueConstraint(
                fields=["server"], condition=models.Q(state__in=UNDECIDED), name="revision_one_pending"
            ),
        ]
        indexes = [
            models.Index(fields=["server", "path", "-id"], name="revision_of_file"),  # a file's revisions, newest first
        ]

    def __str__(self) -> str:
        return f"{self.path} #{self.pk}"

    @property
    def refused(self) -> bool:
        """Whether it was found not to do."""
        return any(finding["severity"] == Severity.ERROR for finding in self.findings)
