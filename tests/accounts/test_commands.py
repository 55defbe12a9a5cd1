from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from banguard.accounts import selectors
from banguard.accounts.models import Person
from banguard.accounts.values import EVERY_SCOPE, Scope

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> tuple[str, str]:
    out, errors = StringIO(), StringIO()
    call_command(*arguments, stdout=out, stderr=errors)
    return out.getvalue(), errors.getvalue()


def test_create_api_token_prints_the_token_alone() -> None:
    printed, explained = run("create_api_token", "export", "--scopes", "read, ban", "--days", "7")
    caller = selectors.caller_of_token(token=selectors.valid_token(token=printed.rstrip("\n")))
    assert (caller.name, caller.scopes) == ("token export", {Scope.READ, Scope.BAN})
    assert "may ban, read until" in explained


def test_a_star_gives_every_scope() -> None:
    printed, _ = run("create_api_token", "export", "--scopes", "*")
    assert selectors.caller_of_token(token=selectors.valid_token(token=printed.strip())).scopes == EVERY_SCOPE


@pytest.mark.parametrize("wrong", [["--scopes", "everything"], ["--scopes", ","], ["--scopes", "read", "--days", "0"]])
def test_create_api_token_says_what_is_wrong(wrong: list[str]) -> None:
    with pytest.raises(CommandError):
        run("create_api_token", "export", *wrong)


def test_create_api_token_refuses_a_name_that_is_too_long() -> None:
    with pytest.raises(CommandError, match="at most 100 characters"):
        run("create_api_token", "x" * 101, "--scopes", "*")


@pytest.mark.parametrize("flags", [[], ["--if-needed"]])
def test_setup_link_prints_one_path_that_opens(client: Client, flags: list[str]) -> None:
    printed, _ = run("setup_link", *flags)
    assert printed.count("\n") == 1
    assert client.get(printed.strip()).status_code == 200


def test_setup_link_has_nothing_to_say_when_somebody_exists(viewer: Person) -> None:
    assert run("setup_link", "--if-needed") == ("", "")
    with pytest.raises(CommandError, match="Somebody can sign in already"):
        run("setup_link")
