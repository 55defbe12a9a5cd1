"""Names of countries, in the person's language."""

from __future__ import annotations

from functools import lru_cache

from django.utils.translation import get_language
from django_countries import countries


def name_of(code: str) -> str:
    """The name of an ISO 3166 country; a code that is none stands for itself."""
    return _name(code, get_language())


@lru_cache(maxsize=2_000)
def _name(code: str, _language: str | None) -> str:
    """Kept, since it takes a while, and maps and searches ask for them all."""
    return str(countries.name(code)) or code
