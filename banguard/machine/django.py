"""Calls ``manage.py``: the only way in which this layer speaks to Django."""

from __future__ import annotations

from collections.abc import Mapping

from banguard.machine import call
from banguard.machine.call import OrdinaryUser
from banguard.machine.errors import CannotGoOn
from banguard.machine.places import PYTHON, ROOT

MANAGE = (str(PYTHON), str(ROOT / "manage.py"))


def manage(*arguments: str, environment: Mapping[str, str], user: OrdinaryUser | None = None) -> str:
    """What the command prints. Raises ``CannotGoOn`` with all it printed when it fails."""
    result = call.run([*MANAGE, *arguments], environment=environment, user=user)
    if result.code:
        raise CannotGoOn(f"manage.py {arguments[0]} failed:\n{result.output.strip()}")
    return result.output
