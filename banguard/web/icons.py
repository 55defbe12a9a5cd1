"""Drawings that stand within a page: to point at one in another file would be a second document to the browser.

Each is one path where it can be, as every page has dozens of them and each element is styled before the first paint.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from django.conf import settings
from django.utils.safestring import SafeString

SOURCE = Path(settings.BASE_DIR) / "templates/ui/icons.svg"
_SYMBOL = re.compile(r'<symbol id="([\w-]+)" viewBox="([^"]+)">(.*?)</symbol>', re.DOTALL)


def icon(name: str) -> SafeString:
    """``{% icon "history" %}``: a drawing of templates/ui/icons.svg beside words; screen readers skip it.

    Nothing where there is none of that name: a tone may have no drawing.
    """
    return _drawings().get(name, SafeString())


def names() -> tuple[str, ...]:
    """Of all drawings, in the order of the file."""
    return tuple(_drawings())


@cache
def _drawings() -> dict[str, SafeString]:
    symbols = _SYMBOL.findall(SOURCE.read_text(encoding="utf-8"))
    drawn = '<svg class="icon" viewBox="{}" aria-hidden="true">{}</svg>'
    return {name: SafeString(drawn.format(box, shapes)) for name, box, shapes in symbols}
