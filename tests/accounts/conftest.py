from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from banguard.accounts.models import Person
from banguard.envtypes import OpenIDProvider
from tests.accounts import openid_urls
from tests.accounts.openid_provider import LocalProvider


@pytest.fixture
def password() -> str:
    """With which the people of tests/conftest.py sign in."""
    return "a long enough secret"


@pytest.fixture
def provider(settings: Any) -> Iterator[LocalProvider]:
    made = LocalProvider()
    settings.OPENID_PROVIDER = OpenIDProvider(made.issuer, made.client_id, made.client_secret, "Our company")
    settings.ROOT_URLCONF = openid_urls.__name__  # imported above, while no provider was named
    yield made
    made.stop()


@pytest.fixture
def known(viewer: Person) -> Person:
    viewer.email = "Viewer@example.com"
    viewer.save()
    return viewer
