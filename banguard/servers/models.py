"""The Fail2ban servers that are managed, and how each was last seen."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from netfields import CidrAddressField

from banguard.core.networks import text_of


class Server(models.Model):
    """One Fail2ban server. The first one, "local", is reached through the agent named by the environment."""

    name = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return self.name


class Status(models.Model):
    """What the collector saw last. Pages and metrics read this; they never wait for the agent."""

    server = models.OneToOneField(Server, on_delete=models.CASCADE, primary_key=True, related_name="status")
    up = models.BooleanField(default=False)
    reason = models.CharField(max_length=500, blank=True)  # why it is not up
    version = models.CharField(max_length=32, blank=True)
    jails = models.JSONField(default=list)  # agent.verbs.JailState, as JSON
    configured = models.JSONField(default=list)  # agent.verbs.Jail, as JSON: every jail that the files know
    seen_at = models.DateTimeField(null=True)  # when the collector last looked, by the database's clock

    class Meta:
        verbose_name_plural = "statuses"

    def __str__(self) -> str:
        return f"{self.server_id}: {'up' if self.up else 'down'}"


class ProtectedNetwork(models.Model):
    """What no list and no hand may block, because somebody says so; ``expires_at`` None: for good."""

    network = CidrAddressField(unique=True)
    note = models.CharField(max_length=200)
    expires_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.CharField(max_length=150)

    def __str__(self) -> str:
        return text_of(self.network)
