"""People in the Django admin; tokens and set-up links to look at. Its door is the one of everybody."""

from __future__ import annotations

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from banguard.accounts import services
from banguard.accounts.auth import admin_sign_in
from banguard.accounts.forms import PersonForm
from banguard.accounts.models import Person, SetupLink, Token

admin.site.login = admin_sign_in  # type: ignore[method-assign]
admin.site.site_header = admin.site.site_title = "BanGuard"
admin.site.index_title = "People and records"
admin.site.unregister(Group)  # roles decide, and nothing else


@admin.register(Person)
class PersonAdmin(UserAdmin):
    """Roles are given here. Nobody is deleted: what they did refers to them; deactivate them instead."""

    form = PersonForm
    list_display = ("username", "role", "is_active", "last_login", "date_joined")
    list_filter = ("role", "is_active")
    search_fields = ("username", "first_name", "last_name", "email")
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("What they may do", {"fields": ("role", "is_active")}),
        ("Who they are", {"fields": ("first_name", "last_name", "email", "last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("username", "role", "password1", "password2")}),)

    def has_delete_permission(self, request: HttpRequest, obj: Person | None = None) -> bool:
        return False


class ReadOnly(admin.ModelAdmin):
    """Records that are made and ended elsewhere."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Token)
class TokenAdmin(ReadOnly):
    list_display = ("name", "scopes", "created_by", "created_at", "expires_at", "revoked_at", "last_used_at")
    list_select_related = ("created_by",)
    list_filter = ("revoked_at",)
    search_fields = ("name", "created_by__username")
    exclude = ("digest",)
    actions = ("revoke",)

    @admin.action(description="Revoke the selected tokens")
    def revoke(self, request: HttpRequest, tokens: QuerySet[Model]) -> None:
        for token in tokens:
            services.revoke_token(token_id=token.pk)
        messages.success(request, "Revoked: scripts that use them are refused from now on.")


@admin.register(SetupLink)
class SetupLinkAdmin(ReadOnly):
    list_display = ("__str__", "created_at", "used_at")
    search_fields = ("created_at",)
    exclude = ("digest",)
