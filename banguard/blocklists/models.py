"""Feeds, the runs that imported them, and what they hold."""

from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from netfields import CidrAddressField

from banguard.blocklists.values import (
    LONGEST_TRIAL,
    UNFINISHED,
    Enforcement,
    Format,
    Kind,
    Purpose,
    Stage,
    State,
    TrialState,
)
from banguard.core.networks import text_of
from banguard.servers.models import Server

MB = 1024 * 1024


class Source(models.Model):
    """A list: a feed, or what somebody uploaded or pasted (``Material``).

    ``schedule``: a cron expression, or ``every 45m``, in ``zone``; empty for "only when asked". ``jitter`` and
    ``min_interval`` are seconds: how far a start is moved at random, and how long the provider wants between two.
    """

    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=8, choices=[(one, one) for one in Kind], default=Kind.URL)
    url = models.URLField(max_length=2_000, blank=True)
    format = models.CharField(max_length=16, choices=[(one, one) for one in Format], default=Format.AUTO)
    column = models.CharField(max_length=40, blank=True)
    enabled = models.BooleanField(default=True)
    enforcement = models.CharField(max_length=8, choices=[(one, one) for one in Enforcement], default=Enforcement.JAIL)
    schedule = models.CharField(max_length=100, blank=True)
    zone = models.CharField(max_length=64, default="UTC")
    jitter = models.PositiveIntegerField(default=0)
    min_interval = models.PositiveIntegerField(default=0)
    max_bytes = models.PositiveBigIntegerField(default=64 * MB)  # unpacked
    max_lines = models.PositiveIntegerField(default=5_000_000)
    widest4 = models.PositiveSmallIntegerField(default=8)  # prefix lengths; wider networks are refused
    widest6 = models.PositiveSmallIntegerField(default=19)
    shrink_percent = models.PositiveIntegerField(default=50)  # a list that shrank by more is held; 0: never
    grow_percent = models.PositiveIntegerField(default=100)  # one that grew by more
    may_be_empty = models.BooleanField(default=False)
    sealed_headers = models.TextField(blank=True, editable=False)  # encrypted; see services/headers.py
    header_names = models.JSONField(default=list, editable=False)
    note = models.TextField(blank=True, max_length=2_000)
    etag = models.CharField(max_length=500, blank=True, editable=False)
    last_modified = models.CharField(max_length=100, blank=True, editable=False)
    digest = models.CharField(max_length=64, blank=True, editable=False)  # of the bytes that gave the entries
    version = models.BigIntegerField(default=0, editable=False)  # the run that last changed the entries
    held = models.IntegerField(default=0, editable=False)  # how many entries there are
    due_at = models.DateTimeField(null=True, editable=False)  # when the schedule fires next
    asked_at = models.DateTimeField(null=True, editable=False)  # when its server was last asked
    good_at = models.DateTimeField(null=True, editable=False)  # the last run that found it well
    failures = models.PositiveIntegerField(default=0, editable=False)  # in a row
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["name"]
        indexes = [models.Index(fields=["due_at"], name="source_due")]  # what the clock looks for each minute

    def __str__(self) -> str:
        return self.name


class Material(models.Model):
    """What somebody uploaded or pasted, as it was."""

    source = models.OneToOneField(Source, on_delete=models.CASCADE, primary_key=True, related_name="material")
    name = models.CharField(max_length=200, blank=True)  # of the file
    content = models.BinaryField()
    given_at = models.DateTimeField(db_default=Now())
    given_by = models.CharField(max_length=150, blank=True)

    class Meta:
        verbose_name_plural = "material"

    def __str__(self) -> str:
        return self.name or f"text of {self.source_id}"


class Run(models.Model):
    """One import or preview of one source, from being asked for to its end. Counts are of entries (networks)."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="runs")
    purpose = models.CharField(max_length=8, choices=[(one, one) for one in Purpose], default=Purpose.IMPORT)
    state = models.CharField(max_length=16, choices=[(one, one) for one in State], default=State.QUEUED)
    stage = models.CharField(max_length=16, choices=[(one, one) for one in Stage], blank=True)
    stage_done = models.BigIntegerField(default=0)  # of the stage under way: bytes, lines or networks
    stage_whole = models.BigIntegerField(default=0)  # 0: nobody knows
    format = models.CharField(max_length=16, blank=True)  # that it was read as
    entries_read = models.IntegerField(default=0)
    entries_rejected = models.IntegerField(default=0)
    entries_loose = models.IntegerField(default=0)  # host bits were set
    entries_merged = models.IntegerField(default=0)
    added = models.IntegerField(default=0)
    removed = models.IntegerField(default=0)
    kept = models.IntegerField(default=0)
    protected = models.IntegerField(default=0)
    enforced = models.IntegerField(default=0)  # networks the server blocks for all sources together
    to_enforce = models.IntegerField(default=0)  # how many changes enforcement has to make
    done_enforcing = models.IntegerField(default=0)  # how many it has made
    bytes_read = models.BigIntegerField(default=0)
    http_status = models.IntegerField(null=True)
    http_facts = models.JSONField(default=dict)
    seconds = models.JSONField(default=dict)  # {stage: seconds}
    samples = models.JSONField(default=list)  # [{"line", "text", "reason"}] of rejected lines
    preview = models.JSONField(null=True)  # what an import would do; services/previews.py
    error_code = models.CharField(max_length=32, blank=True)
    error = models.TextField(blank=True)
    hold_reasons = models.JSONField(default=list)  # sentences
    decided_by = models.CharField(max_length=150, blank=True)  # who accepted or discarded what was held
    accepted = models.BooleanField(default=False)
    confirm_within = models.PositiveIntegerField(null=True)  # seconds; see services/enforcing.py
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
        indexes = [
            models.Index(fields=["source", "-id"], name="run_source_newest"),  # the runs of a source
            models.Index(fields=["state", "-id"], name="run_state_newest"),  # those that are held, that failed
        ]

    def __str__(self) -> str:
        return f"run {self.pk} of {self.source_id}"

    @property
    def under_way(self) -> bool:
        return self.state in UNFINISHED

    @property
    def reached(self) -> tuple[int, int]:
        """How far the stage under way is, and how long it is (0: nobody knows)."""
        if self.stage == Stage.ENFORCE:
            return self.done_enforcing, self.to_enforce
        return self.stage_done, self.stage_whole


class Withheld(models.Model):
    """What a held run would have stored, so that accepting it stores just what somebody looked at."""

    run = models.OneToOneField(Run, on_delete=models.CASCADE, primary_key=True, related_name="withheld")
    four = models.BinaryField()  # core.ranges' integers, compressed
    six = models.BinaryField()
    etag = models.CharField(max_length=500, blank=True)
    last_modified = models.CharField(max_length=100, blank=True)
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name_plural = "withheld"

    def __str__(self) -> str:
        return f"withheld of run {self.run_id}"


class Entry(models.Model):
    """One network that a source holds now. It was last seen when the source was (``Source.good_at``).

    A million are written at once, so each has no more than it needs: that its source is there is proved once for all
    (``store.py`` and ``services.sources.delete`` lock the source), not by a constraint for each, which takes four times
    as long as everything else together; and what contains an address is found by the few networks that can.
    """

    source = models.ForeignKey(
        Source, on_delete=models.CASCADE, related_name="entries", db_constraint=False, db_index=False
    )
    network = CidrAddressField()
    first_seen = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "entries"
        constraints = [models.UniqueConstraint(fields=["network", "source"], name="entry_of_source")]  # who holds it?
        indexes = [BrinIndex(fields=["source"], name="entry_source")]  # what one source holds, written at once

    def __str__(self) -> str:
        return text_of(self.network)


class Enforced(models.Model):
    """What one back end of a server was last brought to, and what it told then. ``problem``: empty when all is well."""

    server = models.ForeignKey(Server, on_delete=models.CASCADE, related_name="enforced")
    enforcement = models.CharField(max_length=8, choices=[(one, one) for one in Enforcement])
    fingerprint = models.CharField(max_length=64, blank=True)  # of what was wanted; blocklists/wanted.py
    digest = models.CharField(max_length=64, blank=True)  # of what the kernel was given
    networks = models.IntegerField(default=0)
    backend = models.CharField(max_length=16, blank=True)  # what keeps the kernel's sets
    packets = models.BigIntegerField(default=0)  # dropped since the rules were made
    octets = models.BigIntegerField(default=0)
    packets6 = models.BigIntegerField(default=0)  # of those, by IPv6
    octets6 = models.BigIntegerField(default=0)
    problem = models.TextField(blank=True)
    looked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "enforced"
        constraints = [models.UniqueConstraint(fields=["server", "enforcement"], name="enforced_once")]

    def __str__(self) -> str:
        return f"{self.enforcement} of {self.server_id}"

    @property
    def packets4(self) -> int:
        return self.packets - self.packets6

    @property
    def octets4(self) -> int:
        return self.octets - self.octets6


class Trial(models.Model):
    """An enforcement that is taken back unless somebody confirms it in time; the agent on the machine decides."""

    server = models.ForeignKey(Server, on_delete=models.CASCADE, related_name="trials")
    run = models.ForeignKey(Run, on_delete=models.SET_NULL, null=True, related_name="trials")
    seconds = models.PositiveIntegerField()
    state = models.CharField(max_length=12, choices=[(one, one) for one in TrialState], default=TrialState.BEGUN)
    asked_by = models.CharField(max_length=150, blank=True)
    begun_at = models.DateTimeField(db_default=Now())
    confirm_by = models.DateTimeField(null=True)  # once everything is enforced
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["server", "-id"], name="trial_newest")]  # does one run, was one taken back?

    def __str__(self) -> str:
        return f"trial {self.pk} of {self.server_id}: {self.state}"

    @property
    def given_up(self) -> bool:
        """Whether nothing was enforced under it within the time that one may take to begin."""
        return self.state == TrialState.BEGUN and self.begun_at < timezone.now() - LONGEST_TRIAL

    @property
    def open(self) -> bool:
        """Whether something may still come of it."""
        return self.state == TrialState.ARMED or (self.state == TrialState.BEGUN and not self.given_up)

    @property
    def clock(self) -> str:
        return f"{self.remaining // 60}:{self.remaining % 60:02}"

    @property
    def remaining(self) -> int:
        """Seconds in which it can still be confirmed."""
        return max(0, int((self.confirm_by - timezone.now()).total_seconds())) if self.confirm_by else 0
