"""The search box of the frame, languages, and the words that scripts say."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from banguard.accounts.models import Person
from banguard.envtypes import ROOT
from banguard.web import finding

JAILS = ["sshd", "sshd-ddos", "nginx", "web/x", ""]


@pytest.mark.parametrize(
    ("typed", "href"),
    [
        ("203.0.113.7", "/history/?address=203.0.113.7"),
        ("2001:db8::/32", "/history/?address=2001%3Adb8%3A%3A%2F32"),
        ("203.0.113.", "/history/?address=203.0.113."),
        ("2001:db8:*", "/history/?address=2001%3Adb8%3A%2A"),
        ("sshd", "/jails/sshd/"),
        ("web/x", "/history/?jail=web%2Fx"),
        ("NGINX", "/jails/nginx/"),
        ("  audit   trail ", "/audit/"),
    ],
)
def test_what_is_meant_exactly_comes_first(typed: str, href: str) -> None:
    found = finding.find(typed, jails=JAILS, scopes=["read", "administer"])
    assert (found[0].href, found[0].exact) == (href, True)


def test_what_may_mean_several_things_is_not_guessed() -> None:
    found = finding.find("s", jails=JAILS, scopes=["read"])
    assert [one.text for one in found[:2]] == ["sshd", "sshd-ddos"]
    assert not any(one.exact for one in found)


def test_a_bare_number_may_begin_an_address_or_be_in_a_name() -> None:
    found = finding.find("10", jails=["port-10"], scopes=["read"])
    assert [(one.kind, one.exact) for one in found] == [("jail", False), ("address", False)]


def test_nobody_finds_a_page_they_may_not_see() -> None:
    assert finding.find("audit trail", jails=[], scopes=["read"]) == []


def test_every_page_that_can_be_found_is_there(client: Client, administrator: Person) -> None:
    client.force_login(administrator)
    for _name, title, _scope in finding.PAGES:
        assert client.get("/find/", {"q": str(title)}).status_code == 302, title


def test_every_page_of_the_menu_can_be_found() -> None:
    menu = (ROOT / "templates/ui/menu.html").read_text(encoding="utf-8")
    known = {(name, str(title)) for name, title, _scope in finding.PAGES}
    linked = re.findall(r'{% translate "([^"]+)" as words %}{% menu_link "([^"]+)"', menu)
    assert len(linked) == menu.count("{% menu_link")
    assert {(name, title) for title, name in linked} <= known


def test_the_box_keeps_what_was_typed(client: Client, viewer: Person) -> None:
    client.force_login(viewer)
    assert 'value="no &quot;such&quot; thing"' in client.get("/find/", {"q": 'no "such" thing'}).content.decode()


@pytest.mark.parametrize("typed", ["<script>alert(1)</script>", "\x00", "x" * 5_000, "%00", "' OR 1=1", "💥", "a/../b"])
def test_nonsense_is_told_that_nothing_is_called_that(client: Client, viewer: Person, typed: str) -> None:
    client.force_login(viewer)
    answer = client.get("/find/", {"q": typed})
    assert answer.status_code in {200, 302}
    assert b"<script>alert" not in answer.content


def test_a_person_chooses_a_language_and_keeps_it(client: Client, viewer: Person) -> None:
    client.force_login(viewer)
    assert '<html lang="en"' in client.get("/history/").content.decode()
    client.post("/language/", {"language": "de", "next": "/history/"})
    assert '<html lang="de"' in client.get("/history/").content.decode()


def test_the_browsers_language_is_the_first_choice(client: Client, db: None) -> None:
    assert '<html lang="de"' in client.get("/sign-in", headers={"accept-language": "de-AT,de;q=0.9"}).content.decode()


def test_the_words_of_scripts_are_there_before_signing_in(client: Client) -> None:
    answer = client.get("/words.js", headers={"accept-language": "de"})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert "max-age=600" in answer.headers["Cache-Control"]
