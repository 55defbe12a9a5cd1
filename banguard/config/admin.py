from django.contrib import admin

from banguard.config.models import Ignored, Pause, Revision, Sample
from banguard.core.admin import ReadOnlyAdmin, spelt


@admin.register(Sample)
class SampleAdmin(ReadOnlyAdmin):
    """Kept and forgotten on the filter's own page."""


@admin.register(Pause)
class PauseAdmin(ReadOnlyAdmin):
    list_display = ["jail", "server", "by", "since"]
    list_select_related = ["server"]


@admin.register(Ignored)
class IgnoredAdmin(ReadOnlyAdmin):
    list_display = [spelt("network"), "jail", "note", "author", "expires_at", "ended_at", "kept"]


@admin.register(Revision)
class RevisionAdmin(ReadOnlyAdmin):
    list_display = ["id", "path", "state", "origin", "author", "created_at", "decided_at"]
    list_filter = ["state", "origin"]
    fields = ["server", "path", "state", "origin", "author", "comment", "message", "created_at", "decided_at"]
    ordering = ["-id"]
