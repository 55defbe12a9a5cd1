"""Calls ``manage.py``: the only way in which this layer speaks to Django."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping

from banguard.machine import call, say
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


def begin(*arguments: str, environment: Mapping[str, str], user: OrdinaryUser | None = None) -> subprocess.Popen[bytes]:
    """Starts a command that prints little, to be read by ``finish`` while other things go on."""
    return call.spawn([*MANAGE, *arguments], output=subprocess.PIPE, environment=environment, user=user)


def finish(process: subprocess.Popen[bytes]) -> str:
    """What the command printed, nothing if it has not ended; a failure is said, not raised."""
    call.end(process, seconds=0)
    output = process.communicate()[0].decode(errors="replace").strip()
    if process.returncode == 0:
        return output
    say.problem(f"manage.py failed:\n{output}")
    return ""
