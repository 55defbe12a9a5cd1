"""The jail that holds what blocklists block: it watches nothing, bans for ever, and is filled by command.

It lives in an overlay that is read after everything an admin writes. Loading it touches no other jail.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from banguard.core.errors import Fail2banRefused, Unavailable
from banguard.fail2ban import files
from banguard.fail2ban.client import Fail2ban
from banguard.fail2ban.loader import CLIENT, ClientLoader
from banguard.fail2ban.undo import Loads
from banguard.fail2ban.values import BLOCKLIST_JAIL

OVERLAY = Path("jail.d") / "zz-banguard.local"  # .local: a .conf would be overruled by the admin's jail.local
_HEADER = re.compile(r"\[(?P<name>[^\]]*)\]")

# No filter (stock [DEFAULT] names one after the jail) and no log path. Polling, since a default of
# "systemd" would read the whole journal for nothing.
SECTION = f"""[{BLOCKLIST_JAIL}]
# Written by BanGuard, which fills this jail with its blocklists; changes here are undone.
enabled = true
filter =
backend = polling
bantime = -1
"""


def lay(server: Fail2ban, config_dir: Path, *, client: str = CLIENT) -> bool:
    """See to it that the jail is in the files and runs; True if anything had to be done for that.

    Raises ``Fail2banUnreachable`` before anything is written if the server does not run. If the server
    refuses the jail the file is put back as it was, since a server that is started with a file it
    refuses stays down.
    """
    running = server.jail_names()
    path = config_dir / OVERLAY
    before = _read(path)
    changed = write(path, overlay_text(before))
    if not changed and BLOCKLIST_JAIL in running:
        return False
    try:
        load(server, config_dir, client=client)
    except Fail2banRefused:
        _put_back(path, before)
        raise
    return True


def overlay_text(before: str) -> str:
    """The overlay file with our section as it should be, where it stood, and every other line of ``before`` kept.

    It stays where it stood, since whoever edits the file finds it as they left it.
    """
    lines = list(_walked(before))
    start = next((at for at, (_, ours) in enumerate(lines) if ours), len(lines))
    above = "".join(line for line, _ in lines[:start])
    below = "".join(line for line, ours in lines[start:] if not ours)
    return _with_empty_line(above) + SECTION + (f"\n{below}" if below else "")


def own_lines(content: bytes) -> list[str]:
    """The lines of our section in a file, without comments and empty ones."""
    lines = _walked(content.decode("utf-8", "surrogateescape"))
    return [line.strip() for line, ours in lines if ours and line.strip() and not line.startswith("#")]


def write(path: Path, text: str) -> bool:
    """Replace the file whole, so that no reader ever sees half of it; False if it was the same already."""
    content = text.encode("utf-8", "surrogateescape")
    try:
        if path.is_file() and path.read_bytes() == content:
            return False
        path.parent.mkdir(mode=0o755, exist_ok=True)
        files.replace(path, content)
    except OSError as error:
        raise Unavailable(f"{path} cannot be written: {error.strerror}.", path=str(path)) from error
    return True


def load(server: Fail2ban, config_dir: Path, *, client: str = CLIENT) -> None:
    """Have the server read the jail, and it alone, anew from the files. Other jails are not disturbed."""
    ClientLoader(config_dir, server.socket_path, client=client).load(Loads(touched=(BLOCKLIST_JAIL,)), ())
    if BLOCKLIST_JAIL not in server.jail_names():
        raise Fail2banRefused(f"Fail2ban did not load the jail {BLOCKLIST_JAIL}, and did not say why.", output="")


def _with_empty_line(text: str) -> str:
    """The text, and an empty line that keeps the next section apart."""
    if text and not text.endswith("\n"):
        text += "\n"
    return text if not text or text.endswith("\n\n") else f"{text}\n"


def _walked(text: str) -> Iterator[tuple[str, bool]]:
    """Each line, and whether it belongs to our section."""
    ours = False
    for line in text.splitlines(keepends=True):
        if header := _HEADER.match(line):
            ours = header["name"] == BLOCKLIST_JAIL
        yield line, ours


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise Unavailable(f"{path} cannot be read: {error.strerror}.", path=str(path)) from error


def _put_back(path: Path, before: str) -> None:
    if before:
        write(path, before)
    else:
        path.unlink(missing_ok=True)
