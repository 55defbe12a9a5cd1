"""Roles against scopes, written out: a change here is a change of who may do what."""

from __future__ import annotations

import pytest

from banguard.accounts.models import Person
from banguard.accounts.values import Caller, Role, Scope

MAY = {
    Role.VIEWER: {"read"},
    Role.OPERATOR: {"read", "ban", "import"},
    Role.ADMINISTRATOR: {"read", "ban", "import", "configure", "administer", "root"},
}


@pytest.mark.parametrize("role", list(Role))
def test_a_role_gives_exactly_its_scopes(role: Role) -> None:
    assert Person(role=role).scopes == MAY[role]


@pytest.mark.parametrize("role", list(Role))
def test_somebody_inactive_may_nothing(role: Role) -> None:
    assert Person(role=role, is_active=False).scopes == set()


def test_a_caller_may_only_what_is_in_their_scopes() -> None:
    caller = Caller(name="vera", person_id=1, token_id=None, scopes=frozenset({Scope.READ}))
    assert caller.may(Scope.READ)
    assert not caller.may(Scope.BAN)
