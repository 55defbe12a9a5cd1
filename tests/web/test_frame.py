"""What stands around every page, and on those that need no session."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from types import ModuleType

import pytest
from django.template.loader import render_to_string
from django.test import Client

from banguard.accounts.models import Person
from banguard.config.templatetags import options
from banguard.core.errors import BanGuardError, Forbidden, NotFound
from banguard.web import cells, drawing, icons

TEMPLATES = sorted((Path(__file__).parents[2] / "templates").rglob("*.html"))
# As browsers and Django read it: in capitals, with blanks, and over several lines as well.
INLINE = r"(?i)\sstyle\s*=|<style|\son\w+=|\son\w+\s*=\s*[\"']|\|\s*safe|autoescape\s+off|<script(?![^>]*\ssrc\s*=)|https?://"


def test_the_menu_shows_administration_to_administrators_only(
    client: Client, operator: Person, administrator: Person
) -> None:
    client.force_login(operator)
    assert "/account/tokens/" not in client.get("/account/password/").content.decode()
    client.force_login(administrator)
    assert "/account/tokens/" in client.get("/account/password/").content.decode()


def test_a_page_can_be_skipped_to_its_content_and_says_who_is_signed_in(client: Client, viewer: Person) -> None:
    client.force_login(viewer)
    html = client.get("/account/password/").content.decode()
    assert html.index('href="#content"') < html.index("<nav")
    assert '<main id="content"' in html
    assert f"<strong>{viewer.username}</strong>" in html


def test_an_error_page_needs_neither_a_request_nor_the_database() -> None:
    error = BanGuardError("It broke.")
    html = render_to_string("error.html", {"error": error, "status": 500, "reference": "abc-123"})
    assert "It broke." in html
    assert "<code>abc-123</code>" in html


def test_an_error_page_has_the_chosen_look_and_language(client: Client, viewer: Person) -> None:
    client.force_login(viewer)
    client.cookies["banguard_look"] = "dark"
    told = client.get("/history/999/", headers={"accept-language": "de"}).content.decode()
    assert '<html lang="de" data-look="dark"' in told
    assert "Es gibt keine Sperre mit dieser Nummer." in told


@pytest.mark.parametrize(("path", "who"), [("/history/ban/", "Operators and"), ("/audit/", "Only administrators")])
def test_who_may_not_is_told_who_may_and_who_gives_it(client: Client, viewer: Person, path: str, who: str) -> None:
    client.force_login(viewer)
    told = client.get(path).content.decode()
    assert who in told
    assert "Ask an administrator" in told


@pytest.mark.parametrize(("error", "status", "title"), [(NotFound, 404, "Not found"), (Forbidden, 403, "Not allowed")])
def test_an_error_page_says_what_happened(error: type[BanGuardError], status: int, title: str) -> None:
    html = render_to_string("error.html", {"error": error("Because <b>."), "status": status})
    assert f"<h1>{title}</h1>" in html
    assert "Because &lt;b&gt;." in html


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_is_short_commented_and_has_nothing_inline(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith("{# ")
    assert text.count("\n") < 120
    assert not re.search(INLINE, text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            '<p style="color: red">',
            "<P STYLE = 'color: red'>",
            "<style>",
            "<STYLE>",
            "<a onclick=go()>",
            '<a ONCLICK = "go()">',
        ),
        *(
            "{{ name|safe }}",
            "{{ name | safe }}",
            "{% autoescape off %}",
            "<script>",
            "<SCRIPT type=module>",
            "http://a.example",
        ),
    ],
)
def test_what_is_inline_is_found_however_it_is_spelt(text: str) -> None:
    assert re.search(INLINE, text)


def test_no_drawing_has_anything_inline() -> None:
    names = re.findall(r'id="([^"]+)"', icons.SOURCE.read_text(encoding="utf-8"))
    assert len(names) > 10
    assert [name for name in names if not icons.icon(name) or re.search(INLINE, icons.icon(name))] == []


@pytest.mark.parametrize("module", [cells, drawing, options], ids=lambda module: module.__name__)
def test_what_is_drawn_without_a_template_has_nothing_inline_either(module: ModuleType) -> None:
    text = inspect.getsource(module)
    assert "format_html" in text
    assert not re.search(INLINE, text)
    assert "mark_safe" not in text
