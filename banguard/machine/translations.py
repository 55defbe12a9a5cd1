"""Compiles ``locale/*/LC_MESSAGES/*.po`` beside themselves, without gettext, which a bare machine has not.

``python -m banguard.machine.translations`` does it by hand, as an image's build does.
"""

from __future__ import annotations

import polib

from banguard.machine.places import ROOT


def compile_all() -> None:
    """Each one whose source is newer than what was made of it."""
    for source in sorted((ROOT / "locale").glob("*/LC_MESSAGES/*.po")):
        compiled = source.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime:
            polib.pofile(str(source)).save_as_mofile(str(compiled))


if __name__ == "__main__":
    compile_all()
