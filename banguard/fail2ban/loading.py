"""Having the server read one jail anew from the files, which leaves the others as they are."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from banguard.core.errors import Fail2banRefused, Fail2banUnreachable, Unavailable
from banguard.fail2ban.client import Fail2ban

CLIENT = "fail2ban-client"
SECONDS = 120.0  # a jail that is loaded bans everything again that it held, before the client returns


def load(server: Fail2ban, config_dir: Path, jail: str, *, restart: bool = False, client: str = CLIENT) -> None:
    """Load ``jail``, running or not; ``restart`` has its actions made anew, and with them its bans.

    A name that is no jail's must not get here. Raises ``Fail2banRefused`` if it does not run afterwards.
    """
    program = shutil.which(client)
    if program is None:
        raise Unavailable(f"{client} is not installed, so the jail cannot be loaded.", program=client)
    flags = ["--restart"] if restart else []
    order = [program, "-c", str(config_dir), "-s", str(server.socket_path), "reload", *flags, "--if-exists", jail]
    try:
        done = subprocess.run(  # noqa: S603 - fixed words, our own paths and a jail's name, no shell
            order, capture_output=True, text=True, errors="replace", timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise Fail2banUnreachable("Fail2ban did not finish loading the jail.", reason="timed out") from error
    except OSError as error:
        raise Unavailable(f"{program} cannot be run: {error.strerror}.", program=program) from error
    if done.returncode != 0 or jail not in server.jail_names():
        output = f"{done.stderr} {done.stdout}".strip()[-500:]
        raise Fail2banRefused(f"Fail2ban did not load the jail {jail}: {output}", output=output)
