"""The style guide shows all that there is."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import path

from banguard.accounts.models import Person
from banguard.envtypes import ROOT
from banguard.urls import urlpatterns as everything
from banguard.web.templatetags import ui
from banguard.web.tokens import END, tokens
from banguard.web.views.styleguide import styleguide

pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]

urlpatterns = [path("styleguide/", styleguide), *everything]


def test_the_style_guide_names_every_state(client: Client, administrator: Person) -> None:
    client.force_login(administrator)
    html = client.get("/styleguide/").content.decode()
    assert all(f">{state}</span>" in html for state in (*ui.RUN_TONES, *ui.JAIL_TONES))


def test_the_style_guide_is_for_administrators(client: Client, operator: Person) -> None:
    client.force_login(operator)
    assert client.get("/styleguide/").status_code == 403


IN_OTHERS = {"chart_row", "world_row", "kept", "chosen", "api_root", "menu_link"}  # of a chart, a map and the frame
SOURCES = ("styleguide.html", "styleguide_values.html", "styleguide_tokens.html")


def test_the_style_guide_draws_every_component_and_says_how_it_is_written(
    client: Client, administrator: Person
) -> None:
    client.force_login(administrator)
    written = "".join((ROOT / "templates/web" / name).read_text(encoding="utf-8") for name in SOURCES)
    drawn = {name for name in ui.register.tags if f"{{% {name} " in written or f"{{% {name}%" in written}
    drawn |= {"ban_rows"} if "history/rows.html" in written else set()
    assert set(ui.register.tags) - drawn - {f"end{name}" for name in drawn} == IN_OTHERS
    assert [name for name in ui.register.filters if f"|{name}" not in written] == []
    html = client.get("/styleguide/").content.decode()
    assert [name for name in ui.register.tags if f"<code>{{% {name}" not in html] == []
    assert 'class="toast-note tone-good"' in html


def test_the_style_guide_shows_every_token(client: Client, administrator: Person) -> None:
    client.force_login(administrator)
    html = client.get("/styleguide/").content.decode()
    css = (ROOT / "static/css/banguard.css").read_text(encoding="utf-8").partition(END)[0]
    names = set(re.findall(r"^ +--([a-z0-9-]+):", css, re.MULTILINE))
    assert len(names) > 40
    assert [name for name in names if f"<code>--{name}</code>" not in html] == []
    assert {token.name for token in tokens()} == names
    assert {token.kind for token in tokens()} == {"colour", "length", "size", "font", "radius", "shadow"}


def test_what_is_no_colour_has_a_look_of_its_own() -> None:
    css = (ROOT / "static/css/pages.css").read_text(encoding="utf-8")
    shaped = [token.name for token in tokens() if token.kind in {"radius", "shadow"}]
    assert [name for name in shaped if f".swatch-{name}" not in css] == []
