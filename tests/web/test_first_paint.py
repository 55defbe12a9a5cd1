"""What a page has for its first paint: its drawings, and what somebody chose on the device."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from banguard.envtypes import ROOT
from banguard.web.icons import icon

NAMED = re.compile(r'{% icon "([^"]*)"|icon="([^"]*)"')


def test_a_drawing_stands_in_the_page() -> None:
    assert icon("menu").startswith('<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path')
    assert icon("<script>") == ""


def test_every_drawing_that_a_template_names_is_there() -> None:
    pages = "".join(page.read_text(encoding="utf-8") for page in (ROOT / "templates").rglob("*.html"))
    named = {one or other for one, other in NAMED.findall(pages)}
    assert {"banguard", "menu", "settings"} <= named
    assert [name for name in named if not icon(name)] == []


@pytest.mark.parametrize(
    ("cookies", "attributes"),
    [
        ({}, ""),
        ({"banguard_look": "dark"}, ' data-look="dark"'),
        ({"banguard_look": "light", "banguard_exact": "yes"}, ' data-look="light" data-exact'),
        ({"banguard_look": '"><script>', "banguard_exact": "no"}, ""),
    ],
)
def test_the_first_paint_knows_what_was_chosen_on_the_device(
    client: Client, db: None, cookies: dict[str, str], attributes: str
) -> None:
    for name, value in cookies.items():
        client.cookies[name] = value
    assert f'<html lang="en"{attributes}>' in client.get("/sign-in").content.decode()
