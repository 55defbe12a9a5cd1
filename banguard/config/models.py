"""Samples that a filter has to keep right."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


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
