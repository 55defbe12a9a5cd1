from __future__ import annotations

import pytest


@pytest.fixture
def password() -> str:
    """With which the people of tests/conftest.py sign in."""
    return "a long enough secret"
