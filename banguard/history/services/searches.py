"""Searches that people keep under a name."""

from __future__ import annotations

from banguard.accounts import services as accounts
from banguard.accounts.models import Person
from banguard.core.errors import Conflict, NotFound
from banguard.history.models import SavedSearch

MOST = 50  # of one person


def keep_search(*, person: Person, name: str, query: str) -> SavedSearch:
    """Keep it, in the place of one of that name. Raises ``Conflict`` when there are enough."""
    with accounts.told(action="search.save", target=name) as change:
        Person.objects.select_for_update().get(pk=person.pk)  # whoever clicks twice at once keeps one
        others = SavedSearch.objects.filter(person=person).exclude(name=name)
        if others.count() >= MOST:
            raise Conflict(f"You keep {MOST} searches. Delete one first.", most=MOST)
        kept, _made = SavedSearch.objects.update_or_create(person=person, name=name, defaults={"query": query})
        change.after = {"query": query}
    return kept


def forget_search(*, person: Person, search_id: int) -> None:
    """Raises ``NotFound`` where it is not theirs."""
    kept = SavedSearch.objects.filter(person=person, pk=search_id).first()
    if kept is None:
        raise NotFound("There is no such search of yours.", id=search_id)
    with accounts.told(action="search.delete", target=kept.name, before={"query": kept.query}):
        kept.delete()
