from __future__ import annotations

import stat
from copy import copy
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from prometheus_client import REGISTRY

from banguard.accounts.models import AuditRecord, Person
from banguard.blocklists.services import sources
from tests.conftest import PASSWORD, Api


def uses(key: str) -> float:
    return REGISTRY.get_sample_value("banguard_secret_key_uses_total", {"key": key}) or 0.0


@pytest.fixture
def keys(settings: Any) -> Any:
    """``keys("new", "old")``: from now on these are in force."""

    def turn_to(current: str, *previous: str) -> None:
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = current, list(previous)

    turn_to("old")
    return turn_to


@pytest.fixture
def signed_in(keys: Any, client: Client, viewer: Person) -> Client:
    client.post("/sign-in", {"username": "viewer", "password": PASSWORD})
    return client


def is_inside(client: Client) -> bool:
    return client.get("/account/password/").status_code == 200


def test_a_session_of_a_previous_key_lives_on_and_is_signed_anew(signed_in: Client, keys: Any) -> None:
    keys("new", "old")
    before = uses("previous")
    assert is_inside(signed_in)
    assert uses("previous") > before
    keys("new")
    assert is_inside(signed_in)


def test_requests_that_are_on_their_way_meanwhile_are_inside_too(signed_in: Client, keys: Any) -> None:
    beside = Client()
    beside.cookies = copy(signed_in.cookies)
    keys("new", "old")
    assert is_inside(signed_in)
    assert is_inside(beside)


def test_once_signed_anew_the_previous_key_is_used_no_more(signed_in: Client, keys: Any) -> None:
    keys("new", "old")
    is_inside(signed_in)
    before = uses("previous"), uses("current")
    is_inside(signed_in)
    assert uses("previous") == before[0]
    assert uses("current") > before[1]


def test_a_session_that_nobody_used_ends_with_its_key(signed_in: Client, keys: Any) -> None:
    keys("new")
    assert not is_inside(signed_in)


def test_a_rotation_keeps_the_session_on_its_list(signed_in: Client, keys: Any) -> None:
    keys("new", "old")
    assert "this one" in signed_in.get("/account/sessions/").content.decode()


def test_looking_at_the_list_ends_no_session_of_a_previous_key(signed_in: Client, keys: Any) -> None:
    elsewhere = Client()
    elsewhere.post("/sign-in", {"username": "viewer", "password": PASSWORD})
    keys("new", "old")
    assert signed_in.get("/account/sessions/").content.decode().count('data-label="Since"') == 2
    assert is_inside(elsewhere)


def test_a_page_marker_of_a_previous_key_leads_on(api: Api, keys: Any) -> None:
    for number in range(3):
        sources.create(name=f"list {number}", url="https://lists.example.org/x")
    cursor = api.get("/blocklists/sources", page_size=1).json()["pagination"]["next_cursor"]
    keys("new", "old")
    further = api.get("/blocklists/sources", page_size=1, cursor=cursor).json()["pagination"]["next_cursor"]
    keys("new")
    assert api.get("/blocklists/sources", page_size=1, cursor=further).status_code == 200
    assert api.get("/blocklists/sources", page_size=1, cursor=cursor).json()["error_code"] == "cursor_invalid"


def test_a_known_browser_stays_known(signed_in: Client, keys: Any) -> None:
    signed_in.post("/sign-out")
    keys("new", "old")
    before = uses("previous")
    signed_in.post("/sign-in", {"username": "viewer", "password": PASSWORD})
    assert uses("previous") > before


@pytest.fixture
def laid_down(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch, keys: Any, db: None) -> Path:
    monkeypatch.delenv("BANGUARD_SECRET_KEYS", raising=False)
    settings.DATA_DIR = tmp_path
    file = tmp_path / "secret-keys"
    file.write_text("old")
    file.chmod(0o600)
    return file


def test_the_command_puts_a_new_key_in_front(laid_down: Path) -> None:
    call_command("rotate_secret_key", stdout=StringIO(), stderr=StringIO())
    new, old = laid_down.read_text().split(",")
    assert (len(new) > 60, old) == (True, "old")
    assert stat.S_IMODE(laid_down.stat().st_mode) == 0o600
    told = AuditRecord.objects.get(action="secret_key.new")
    assert new not in str(told.after)


def test_the_command_drops_the_previous_keys(laid_down: Path, keys: Any) -> None:
    with pytest.raises(CommandError, match="no previous key"):
        call_command("rotate_secret_key", "--drop-previous")
    keys("new", "old")
    call_command("rotate_secret_key", "--drop-previous", stdout=StringIO(), stderr=StringIO())
    assert laid_down.read_text() == "new"


def test_a_leaked_key_is_gone_at_once(laid_down: Path) -> None:
    call_command("rotate_secret_key", "--leaked", stdout=StringIO(), stderr=StringIO())
    assert "old" not in laid_down.read_text().split(",")


def test_keys_of_the_environment_are_printed(laid_down: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANGUARD_SECRET_KEYS", "old")
    out = StringIO()
    call_command("rotate_secret_key", stdout=out, stderr=StringIO())
    assert out.getvalue().strip().endswith(",old")
    assert laid_down.read_text() == "old"
