"""Having the running server read its files anew: a jail of its own, or all, through Fail2ban's own client."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from banguard.core.errors import Fail2banRefused, Fail2banUnreachable, Unavailable
from banguard.fail2ban.undo import Loads

CLIENT = "fail2ban-client"
SECONDS = 120.0  # a jail that is loaded bans everything again that it held, before the client returns


class Loader(Protocol):
    """What has the server load jails. Raises ``Fail2banRefused`` with its words, or ``Fail2banUnreachable``."""

    def load(self, loads: Loads, running: Sequence[str]) -> None: ...


class ClientLoader:
    """The real one. ``running``: the jails that run at the moment it is called."""

    def __init__(self, config_dir: Path, socket: Path, *, client: str = CLIENT) -> None:
        self._order = ["-c", str(config_dir), "-s", str(socket)]
        self._client = client

    def load(self, loads: Loads, running: Sequence[str]) -> None:
        for order in orders(loads, running):
            self._run(*order)

    def _run(self, *words: str) -> None:
        program = shutil.which(self._client)
        if program is None:
            raise Unavailable(f"{self._client} is not installed, so nothing can be loaded.", program=self._client)
        try:
            done = subprocess.run(  # noqa: S603 - fixed words, our own paths and names of jails, no shell
                [program, *self._order, *words],
                capture_output=True,
                text=True,
                errors="replace",
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise Fail2banUnreachable("Fail2ban did not finish loading.", reason="timed out") from error
        except OSError as error:
            raise Unavailable(f"{program} cannot be run: {error.strerror}.", program=program) from error
        if done.returncode != 0:
            output = f"{done.stderr} {done.stdout}".strip()[-500:]
            raise Fail2banRefused(f"Fail2ban refused to {' '.join(words)}: {output}", output=output)


def orders(loads: Loads, running: Sequence[str]) -> list[tuple[str, ...]]:
    """The words for the client, in order. A plain reload would drop an action that is new to a running jail."""
    plain = [jail for jail in loads.touched if jail not in loads.restarted]
    found = [("set", *words) for words in loads.settings]
    found += [("stop", jail) for jail in loads.stopped if jail in running]
    if loads.at_once:
        found.append(("reload",))
    else:
        found += [("reload", "--if-exists", jail) for jail in plain]
    return found + [("reload", "--restart", "--if-exists", jail) for jail in loads.restarted]
