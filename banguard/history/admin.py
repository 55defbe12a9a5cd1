"""History in the Django admin: to be read, never written."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from banguard.core.admin import ReadOnlyAdmin, spelt
from banguard.core.errors import AddressInvalid
from banguard.core.networks import parse_network
from banguard.history.models import Address, Ban, BanMatches, Coverage, Cursor, FailureCount, SavedSearch


@admin.register(Ban)
class BanAdmin(ReadOnlyAdmin):
    list_display = [spelt("address"), "jail", "origin", "banned_at", "expires_at", "lifted_at"]
    list_filter = ["origin"]
    list_select_related = ["server"]
    search_fields = ["jail"]
    search_help_text = "An address, a network, or the name of a jail."
    ordering = ["-banned_at", "-id"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Ban], search_term: str
    ) -> tuple[QuerySet[Ban], bool]:
        """By index alone: inside a network, or of exactly this jail."""
        if not search_term:
            return queryset, False
        try:
            return queryset.filter(address__net_contained_or_equal=parse_network(search_term)), False
        except AddressInvalid:
            return queryset.filter(jail=search_term), False


@admin.register(BanMatches)
class BanMatchesAdmin(ReadOnlyAdmin):
    """The log lines that led to a ban."""

    list_display = ["pk", "ban"]
    list_select_related = ["ban"]
    ordering = ["-pk"]


@admin.register(Cursor)
class CursorAdmin(ReadOnlyAdmin):
    """How far each server was followed."""

    list_display = ["server", "rowid"]
    list_select_related = ["server"]


@admin.register(Coverage)
class CoverageAdmin(ReadOnlyAdmin):
    """When each server was followed without a hole."""

    list_display = ["server", "source", "began_at", "until", "hole"]
    list_select_related = ["server"]
    ordering = ["-pk"]


@admin.register(FailureCount)
class FailureCountAdmin(ReadOnlyAdmin):
    """How many failures each jail found in each hour."""

    list_display = ["server", "jail", "hour", "failures"]
    list_select_related = ["server"]
    ordering = ["-pk"]


@admin.register(Address)
class AddressAdmin(ReadOnlyAdmin):
    """What is known of each address over all its bans."""

    list_display = [spelt("address"), "bans", "first_seen", "last_seen"]
    ordering = ["address"]


@admin.register(SavedSearch)
class SavedSearchAdmin(ReadOnlyAdmin):
    list_display = ["name", "person", "query"]
    list_select_related = ["person"]
    ordering = ["-pk"]
