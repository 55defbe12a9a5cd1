from django.contrib import admin

from banguard.core.admin import ReadOnlyAdmin
from banguard.servers.models import Server, Status


@admin.register(Server)
class ServerAdmin(ReadOnlyAdmin):
    list_display = ["name"]


@admin.register(Status)
class StatusAdmin(ReadOnlyAdmin):
    list_display = ["server", "up", "version", "seen_at", "reason"]
    list_select_related = ["server"]
