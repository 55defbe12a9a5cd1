"""Where people are signed in, as long as they are, and what is forgotten afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models.functions import Now
from django.test import Client

from banguard.accounts import selectors, tasks
from banguard.accounts.models import Person

HERE = "203.0.113.7"


@pytest.fixture
def signed_in(viewer: Person) -> Client:
    """A browser with a session, of which the audit trail knows nothing."""
    browser = Client()
    browser.force_login(viewer)
    UserSession.objects.create(user=viewer, ip=HERE, session_key=browser.session.session_key)
    return browser


def addresses() -> list[str]:
    return selectors.sign_in_addresses(within=timedelta(days=30))


def test_where_somebody_has_a_session_is_never_blocked(signed_in: Client) -> None:
    assert addresses() == [HERE]


def test_a_session_that_expired_protects_nothing(signed_in: Client) -> None:
    Session.objects.update(expire_date=Now() - timedelta(seconds=1))
    assert addresses() == []


def test_a_session_that_was_deleted_protects_nothing(signed_in: Client) -> None:
    Session.objects.all().delete()
    assert addresses() == []


def test_a_session_of_somebody_inactive_protects_nothing(signed_in: Client) -> None:
    Person.objects.update(is_active=False)
    assert addresses() == []


def test_what_ended_is_forgotten_and_what_goes_on_is_kept(signed_in: Client, viewer: Person) -> None:
    over, gone = Client(), Client()
    for number, browser in enumerate([over, gone]):
        browser.force_login(viewer)
        UserSession.objects.create(user=viewer, ip=f"198.51.100.{number}", session_key=browser.session.session_key)
    Session.objects.filter(session_key=over.session.session_key).update(expire_date=Now() - timedelta(seconds=1))
    gone.post("/sign-out")
    tasks.tidy()
    kept = [signed_in.session.session_key]
    assert list(Session.objects.values_list("session_key", flat=True)) == kept
    assert list(UserSession.objects.values_list("session_key", flat=True)) == kept
