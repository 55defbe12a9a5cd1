"""Searches that people keep: saved, opened, replaced, deleted; each to oneself."""

from __future__ import annotations

import pytest
from django.test import Client

from banguard.accounts.models import Person
from banguard.core.errors import Conflict
from banguard.history import services
from banguard.history.models import SavedSearch
from banguard.history.services import searches

pytestmark = pytest.mark.django_db


def test_a_search_is_saved_listed_opened_and_deleted(client: Client, viewer: Person) -> None:
    client.force_login(viewer)
    assert "Save this search" in client.get("/history/?min_ban_count=5&words=root").content.decode()
    query = "min_ban_count=5&words=root&cursor=x&evil=%3Cscript%3E"
    saved = client.post("/history/searches/", {"name": "<b>Mine</b>", "query": query})
    assert saved.headers["Location"] == "/history/?words=root&min_ban_count=5"
    shown = client.get("/history/searches/").content.decode()
    assert "&lt;b&gt;Mine&lt;/b&gt;" in shown
    assert 'href="/history/?words=root&amp;min_ban_count=5"' in shown
    client.post(f"/history/searches/{SavedSearch.objects.get().pk}/delete/")
    assert "No saved searches" in client.get("/history/searches/").content.decode()


def test_the_same_name_is_the_same_search(viewer: Person) -> None:
    services.keep_search(person=viewer, name="mine", query="jail=a")
    services.keep_search(person=viewer, name="mine", query="jail=b")
    assert [kept.query for kept in SavedSearch.objects.all()] == ["jail=b"]


def test_nobody_sees_or_deletes_those_of_others(client: Client, viewer: Person, operator: Person) -> None:
    kept = services.keep_search(person=viewer, name="secret", query="jail=a")
    client.force_login(operator)
    assert "secret" not in client.get("/history/searches/").content.decode()
    assert client.post(f"/history/searches/{kept.pk}/delete/").status_code == 404
    assert SavedSearch.objects.exists()


@pytest.mark.parametrize("query", ["", "evil=1", "words=" + "x" * 2_500, "cursor=abc"])
def test_nothing_or_too_much_is_refused(client: Client, viewer: Person, query: str) -> None:
    client.force_login(viewer)
    assert client.post("/history/searches/", {"name": "n", "query": query}).status_code == 422
    assert not SavedSearch.objects.exists()


@pytest.mark.parametrize(
    ("name", "query", "why"),
    [
        ("", "jail=a", "This field is required."),
        ("x" * 61, "jail=a", "at most 60 characters"),
        ("n", "evil=1", "search for something first"),
    ],
)
def test_what_is_refused_says_why_and_can_be_mended(
    client: Client, viewer: Person, name: str, query: str, why: str
) -> None:
    client.force_login(viewer)
    shown = client.post("/history/searches/", {"name": name, "query": query}).content.decode()
    assert why in shown
    assert f'name="name" value="{name}"' in shown or not name
    assert f'name="query" value="{query}"' in shown


def test_one_too_many_says_so(client: Client, viewer: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searches, "MOST", 0)
    client.force_login(viewer)
    answer = client.post("/history/searches/", {"name": "n", "query": "jail=a"})
    assert answer.status_code == 409
    assert "Delete one first." in answer.content.decode()


def test_there_is_a_limit(viewer: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searches, "MOST", 1)
    services.keep_search(person=viewer, name="one", query="jail=a")
    with pytest.raises(Conflict):
        services.keep_search(person=viewer, name="two", query="jail=a")
