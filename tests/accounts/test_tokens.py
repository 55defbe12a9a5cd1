from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from banguard.accounts import selectors, services
from banguard.accounts.models import Person, Token
from banguard.accounts.values import EVERY_SCOPE, Role, Scope
from banguard.core.errors import InvalidInput, NotFound, Unauthenticated

pytestmark = pytest.mark.django_db


def made(*scopes: str, days: int | None = None, by: Person | None = None) -> tuple[Token, str]:
    return services.create_token(name="export", scopes=scopes or {"*"}, days=days, created_by=by)


def test_a_token_speaks_with_the_scopes_it_was_made_with() -> None:
    _, text = made("read", "ban")
    assert selectors.caller_of_token(token=selectors.valid_token(token=text)).scopes == {Scope.READ, Scope.BAN}


def test_a_star_is_every_scope() -> None:
    assert selectors.caller_of_token(token=selectors.valid_token(token=made("*")[1])).scopes == EVERY_SCOPE


def test_the_text_of_a_token_is_kept_nowhere() -> None:
    token, text = made()
    assert text.startswith("bg_")
    assert text not in str(list(Token.objects.filter(pk=token.pk).values()))


@pytest.mark.parametrize("scopes", [set(), {"everything"}, {"read", "*"}, {"READ"}, {"read\x00"}])
def test_unknown_scopes_are_refused(scopes: set[str]) -> None:
    with pytest.raises(InvalidInput, match="some of: read, ban"):
        services.create_token(name="export", scopes=scopes, days=None, created_by=None)


@pytest.mark.parametrize("days", [0, -1, 3651, 10**12])
def test_a_lifetime_without_sense_is_refused(days: int) -> None:
    with pytest.raises(InvalidInput, match="1 to 3650 days"):
        made(days=days)


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "nul\x00"])
def test_a_name_that_will_not_do_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput):
        services.create_token(name=name, scopes={"read"}, days=None, created_by=None)


@pytest.mark.parametrize("text", ["", "bg_", "bg_unknown", "\x00", "é" * 10_000, "' OR 1=1 --"])
def test_a_text_that_is_no_token_lets_nobody_in(text: str) -> None:
    with pytest.raises(Unauthenticated):
        selectors.caller_of_token(token=selectors.valid_token(token=text))


def test_an_expired_token_lets_nobody_in() -> None:
    token, text = made(days=1)
    Token.objects.filter(pk=token.pk).update(expires_at=Now() - timedelta(seconds=1))
    with pytest.raises(Unauthenticated):
        selectors.caller_of_token(token=selectors.valid_token(token=text))
    token.refresh_from_db()
    assert token.state == "expired"


def test_a_revoked_token_lets_nobody_in() -> None:
    token, text = made()
    services.revoke_token(token_id=token.pk)
    with pytest.raises(Unauthenticated):
        selectors.caller_of_token(token=selectors.valid_token(token=text))
    token.refresh_from_db()
    assert token.state == "revoked"


def test_revoking_again_keeps_the_first_moment() -> None:
    token, _ = made()
    services.revoke_token(token_id=token.pk)
    first = selectors.token(token_id=token.pk).revoked_at
    services.revoke_token(token_id=token.pk)
    assert selectors.token(token_id=token.pk).revoked_at == first


@pytest.mark.parametrize("token_id", [0, 10**30])
def test_an_unknown_token_is_not_found(token_id: int) -> None:
    with pytest.raises(NotFound):
        services.revoke_token(token_id=token_id)


def test_a_token_loses_what_its_maker_loses(administrator: Person) -> None:
    _, text = made(by=administrator)
    Person.objects.filter(pk=administrator.pk).update(role=Role.OPERATOR, is_staff=False, is_superuser=False)
    caller = selectors.caller_of_token(token=selectors.valid_token(token=text))
    assert caller.scopes == {Scope.READ, Scope.BAN, Scope.IMPORT}


def test_the_token_of_somebody_inactive_lets_nobody_in(administrator: Person) -> None:
    _, text = made(by=administrator)
    Person.objects.filter(pk=administrator.pk).update(is_active=False)
    with pytest.raises(Unauthenticated):
        selectors.caller_of_token(token=selectors.valid_token(token=text))


def test_the_last_use_is_written_at_most_once_a_minute() -> None:
    token, _ = made()
    services.note_token_use(token=selectors.token(token_id=token.pk))
    first = selectors.token(token_id=token.pk).last_used_at
    services.note_token_use(token=selectors.token(token_id=token.pk))
    assert first is not None
    assert selectors.token(token_id=token.pk).last_used_at == first


def test_a_use_after_a_minute_is_written_again() -> None:
    token, _ = made()
    Token.objects.filter(pk=token.pk).update(last_used_at=Now() - timedelta(seconds=61))
    before = selectors.token(token_id=token.pk).last_used_at
    services.note_token_use(token=selectors.token(token_id=token.pk))
    after = selectors.token(token_id=token.pk).last_used_at
    assert before is not None
    assert after is not None
    assert after > before
