"""Blocklists in the Django admin. Sources are changed on their own pages, where the change is carried out."""

from __future__ import annotations

from django.contrib import admin

from banguard.blocklists.models import Enforced, Entry, Material, Run, Source, Trial, Withheld
from banguard.core.admin import ReadOnlyAdmin, spelt


@admin.register(Source)
class SourceAdmin(ReadOnlyAdmin):
    list_display = ["name", "url", "enabled", "enforcement", "schedule"]
    search_fields = ["name", "url"]


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    list_display = ["id", "source", "state", "stage", "added", "removed", "enforced", "started_at", "finished_at"]
    list_filter = ["state"]
    list_select_related = ["source"]
    ordering = ["-id"]


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    list_display = [spelt("network"), "source", "first_seen"]
    list_select_related = ["source"]
    ordering = ["-id"]


@admin.register(Material)
class MaterialAdmin(ReadOnlyAdmin):
    list_display = ["source", "name", "given_at", "given_by"]
    exclude = ["content"]


@admin.register(Withheld)
class WithheldAdmin(ReadOnlyAdmin):
    list_display = ["run"]
    exclude = ["four", "six"]


@admin.register(Enforced)
class EnforcedAdmin(ReadOnlyAdmin):
    list_display = ["server", "enforcement", "networks", "backend", "packets", "problem", "looked_at"]
    list_select_related = ["server"]


@admin.register(Trial)
class TrialAdmin(ReadOnlyAdmin):
    list_display = ["server", "run", "state", "asked_by", "begun_at", "confirm_by", "ended_at"]
    list_select_related = ["server", "run"]
    ordering = ["-id"]
