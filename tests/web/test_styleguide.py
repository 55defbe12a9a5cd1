from __future__ import annotations

import pytest
from django.test import Client
from django.urls import path

from banguard.accounts.models import Person
from banguard.urls import urlpatterns as everything
from banguard.web.templatetags import ui
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
