"""History in the Django admin: to be read, never written."""

from __future__ import annotations

from django.contrib import admin

from banguard.core.admin import ReadOnlyAdmin
from banguard.history.models import Ban


@admin.register(Ban)
class BanAdmin(ReadOnlyAdmin):
    list_display = ["address", "jail", "origin", "banned_at", "expires_at", "lifted_at"]
    list_filter = ["origin"]
    list_select_related = ["server"]
    ordering = ["-banned_at", "-id"]
