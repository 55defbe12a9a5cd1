from django.contrib import admin

from banguard.core.admin import ReadOnlyAdmin, spelt
from banguard.servers.models import ProtectedNetwork, Server, Status


@admin.register(Server)
class ServerAdmin(ReadOnlyAdmin):
    list_display = ["name"]


@admin.register(Status)
class StatusAdmin(ReadOnlyAdmin):
    list_display = ["server", "up", "version", "seen_at", "reason"]
    list_select_related = ["server"]


@admin.register(ProtectedNetwork)
class ProtectedNetworkAdmin(ReadOnlyAdmin):
    list_display = [spelt("network"), "note", "expires_at", "created_by", "created_at"]
