"""The Django admin shows most of what BanGuard keeps, and lets none of it be changed behind the services' back."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from banguard.core.models import Lease


class ReadOnlyAdmin(admin.ModelAdmin):
    show_full_result_count = False  # a count of ten million rows tells nobody anything

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Lease)
class LeaseAdmin(ReadOnlyAdmin):
    list_display = ["lock", "subject", "token", "host", "pid", "taken_at", "heartbeat_at", "released_at"]
