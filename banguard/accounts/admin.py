"""People in the Django admin; tokens and set-up links to look at. Its door is the one of everybody."""

from __future__ import annotations

from typing import Any

from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse

from banguard.accounts import selectors, services
from banguard.accounts.auth import admin_sign_in
from banguard.accounts.forms import PersonForm
from banguard.accounts.models import AuditRecord, Person, SetupLink, Token
from banguard.core.admin import ReadOnlyAdmin

admin.site.login = admin_sign_in  # type: ignore[method-assign]
admin.site.site_header = admin.site.site_title = "BanGuard"
admin.site.index_title = "People and records"
admin.site.unregister(Group)  # roles decide, and nothing else
admin.site.unregister((SocialAccount, SocialApp, SocialToken))  # providers come from the settings, tokens are not kept


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

    def get_form(
        self, request: HttpRequest, obj: Person | None = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm]:
        form: type[ModelForm] = super().get_form(request, obj, change=change, **kwargs)
        form.by = request.user  # type: ignore[attr-defined] # of a class that is made for this request alone
        return form

    @transaction.atomic
    def save_model(self, request: HttpRequest, obj: Person, form: ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        before = {name: form.initial.get(name) for name in form.changed_data} if change else {}
        after = {name: form.cleaned_data[name] for name in form.changed_data}
        services.note_person_saved(person=obj, before=before, after=after)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002
        answer = super().user_change_password(request, id, form_url)
        if answer.status_code == 302:
            services.note_password_change(person=selectors.person(person_id=id))
        return answer


@admin.register(Token)
class TokenAdmin(ReadOnlyAdmin):
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
class SetupLinkAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "person", "created_at", "used_at")
    list_select_related = ("person",)
    search_fields = ("created_at",)
    exclude = ("digest",)


@admin.register(AuditRecord)
class AuditRecordAdmin(ReadOnlyAdmin):
    """Append-only, by the database's own refusal."""

    list_display = ("number", "at", "who", "action", "target", "outcome", "address")
    list_filter = ("outcome",)
    search_fields = ("who", "target", "request_id")
    ordering = ("-number",)


@admin.register(SocialAccount)
class SocialAccountAdmin(ReadOnlyAdmin):
    """Who is whom at the OpenID provider."""

    list_display = ("user", "provider", "uid", "date_joined", "last_login")
    list_select_related = ("user",)
    search_fields = ("user__username", "uid")
    exclude = ("extra_data",)
    actions = ("unlink",)

    @admin.action(description="Unlink the selected people from the provider")
    def unlink(self, request: HttpRequest, links: QuerySet[Model]) -> None:
        for link in links:
            services.unlink(link_id=link.pk)
        messages.success(request, "Unlinked: the e-mail address decides when they next sign in through the provider.")
