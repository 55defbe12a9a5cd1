"""Every ban a server ever made."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import SpGistIndex
from django.db import models
from netfields import CidrAddressField

from banguard.history.values import LiftReason, Origin, Place
from banguard.servers.models import Server


class Ban(models.Model):
    """One ban episode. Rows are only added; the end of an episode is all that changes.

    ``address`` is a network; a lone address is one of full length. Whether a ban is active is a matter of
    time: not lifted, and not yet expired.
    """

    server = models.ForeignKey(Server, on_delete=models.PROTECT)
    jail = models.CharField(max_length=64)
    address = CidrAddressField()
    origin = models.CharField(max_length=16, choices=[(origin.value, origin.value) for origin in Origin])
    banned_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    lifted_at = models.DateTimeField(null=True)
    lift_reason = models.CharField(max_length=16, blank=True, choices=[(why.value, why.value) for why in LiftReason])
    ban_count = models.IntegerField(default=1)
    failures = models.IntegerField(default=0)
    country = models.CharField(max_length=2, blank=True)  # ISO 3166, of the registry; empty: unknown
    asn = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            # What makes a repeated batch harmless: the same ban told twice is one row.
            models.UniqueConstraint(fields=["server", "jail", "address", "banned_at"], name="ban_once"),
        ]
        indexes = [
            models.Index(fields=["-banned_at", "-id"], name="ban_newest"),  # the list
            models.Index(fields=["jail", "-banned_at", "-id"], name="ban_jail_newest"),  # the list of one jail
            models.Index(fields=["origin", "-banned_at", "-id"], name="ban_origin_newest"),  # the list by origin
            SpGistIndex(fields=["address"], name="ban_address"),  # an address, or all inside a network
        ]

    def __str__(self) -> str:
        return f"{self.address} in {self.jail}"


class BanMatches(models.Model):
    """The log lines that led to a ban, apart from it so that lists read narrow rows."""

    ban = models.OneToOneField(Ban, on_delete=models.CASCADE, primary_key=True, related_name="matched")
    lines = ArrayField(models.TextField())

    class Meta:
        verbose_name_plural = "ban matches"

    def __str__(self) -> str:
        return f"{len(self.lines)} lines"


class Cursor(models.Model):
    """How far the collector has read a server's own database."""

    server = models.OneToOneField(Server, on_delete=models.CASCADE, primary_key=True)
    rowid = models.BigIntegerField(default=0)
    mark = models.CharField(max_length=Place.MARK_LENGTH, blank=True)  # tells that row from any other

    def __str__(self) -> str:
        return f"row {self.rowid}"
