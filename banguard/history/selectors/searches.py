"""The searches that a person keeps."""

from __future__ import annotations

from banguard.accounts.models import Person
from banguard.history.models import SavedSearch


def saved_searches(*, person: Person) -> list[SavedSearch]:
    """By name; there are fifty at most."""
    return list(SavedSearch.objects.filter(person=person).order_by("name"))
