"""The Django admin shows most of what BanGuard keeps, and lets none of it be changed behind the services' back."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import reduce

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import BooleanField, Case, F, Model, Q, QuerySet, Value, When
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils.functional import cached_property

from banguard.core import locks
from banguard.core.models import Lease, Process
from banguard.core.networks import text_of
from banguard.core.pagination import COUNT_UP_TO


class BoundedPaginator(Paginator):
    """Counts no further than a person turns pages: ten million rows take seconds and tell nobody anything."""

    @cached_property
    def count(self) -> int:
        rows: QuerySet[Model] = self.object_list  # type: ignore[assignment]
        return rows.order_by()[:COUNT_UP_TO].count()


class ReadOnlyAdmin(admin.ModelAdmin):
    show_full_result_count = False
    paginator = BoundedPaginator

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def spelt(field: str) -> Callable[[Model], str]:
    """A column of addresses and networks for ``list_display``: a lone address without its length, as everywhere."""

    @admin.display(description=field, ordering=field)
    def shown(row: Model) -> str:
        return text_of(getattr(row, field))

    return shown


@admin.register(Lease)
class LeaseAdmin(ReadOnlyAdmin):
    """Every lock that was ever taken: who holds it now, or held it last."""

    list_display = ["lock", "subject", "held", "token", "holder", "host", "pid", "age", "heartbeat_at", "lost_at"]
    ordering = ["lock", "subject"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Lease]:
        held = [Q(lock=lock, subject=subject) for lock, subject in locks.held_now()]
        is_held = When(reduce(operator.or_, held, Q(pk=None)), then=Value(True))
        return Lease.objects.annotate(
            is_held=Case(is_held, default=Value(False), output_field=BooleanField()), since=Now() - F("taken_at")
        )

    @admin.display(boolean=True)
    def held(self, lease: Lease) -> bool:
        return bool(getattr(lease, "is_held", False))

    @admin.display(description="taken ago")
    def age(self, lease: Lease) -> str:
        return str(getattr(lease, "since", "")).partition(".")[0]


@admin.register(Process)
class ProcessAdmin(ReadOnlyAdmin):
    """Every process that runs, or fell silent within the last hour."""

    list_display = ["role", "host", "pid", "version", "started_at", "seen_at"]
    ordering = ["role", "host", "pid"]
