"""The design tokens of static/css/banguard.css, as the style guide shows them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

SOURCE = Path(settings.BASE_DIR) / "static/css/banguard.css"
END = "/* Tabler, led by"  # what follows gives Tabler's names the same values
KINDS = {  # by what a name begins with; all others are colours
    "space-": "length",
    "width-": "length",
    "type-": "size",
    "sans": "font",
    "mono": "font",
    "radius": "radius",
    "shadow": "shadow",
}
_TOKEN = re.compile(r"^\s+--([\w-]+):\s*([^;]+);", re.MULTILINE)


@dataclass(frozen=True)
class Token:
    """``kind``: colour, length, size (of type), font, radius or shadow."""

    name: str
    value: str

    @property
    def kind(self) -> str:
        return next((kind for start, kind in KINDS.items() if self.name.startswith(start)), "colour")


def tokens() -> list[Token]:
    """All of them, in the order of the file."""
    section = SOURCE.read_text(encoding="utf-8").partition(END)[0]
    return [Token(name, " ".join(value.split())) for name, value in _TOKEN.findall(section)]
