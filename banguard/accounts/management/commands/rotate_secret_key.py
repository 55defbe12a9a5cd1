"""``manage.py rotate_secret_key``: a new secret key, one step at a time."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from banguard.accounts import services
from banguard.core import sealing

NEXT = {
    "new": "Restart web, worker and collector. Everybody stays signed in. Watch "
    'banguard_secret_key_uses_total{key="previous"} on /metrics: when it stands still for as long as your people stay '
    "away (two weeks, the life of a session), run `manage.py rotate_secret_key --drop-previous`.",
    "drop": "Restart web, worker and collector. What only a previous key had signed has ended.",
    "leaked": "Restart web, worker and collector now: every session, page marker and known browser ends with that.",
}


class Command(BaseCommand):
    help = "Make a new secret key the current one and keep the others valid; or drop the others."

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--drop-previous", action="store_true", help="keep only the current key")
        what.add_argument("--leaked", action="store_true", help="a new key alone: everything that was signed ends")

    def handle(self, *_args: object, **options: Any) -> None:
        step = "drop" if options["drop_previous"] else "leaked" if options["leaked"] else "new"
        keys = self._keys(step)
        place = self._file()
        if step != "new":  # what previous keys have sealed would be lost with them
            sealing.keys_are_dropped.send(sender=Command, keys=keys)
        services.record(action=f"secret_key.{step}", after={"keys": len(keys)})
        if place is None:
            self.stderr.write("The keys come from the environment. Set BANGUARD_SECRET_KEYS to this line:")
            self.stdout.write(",".join(keys))
        else:
            _write(place, ",".join(keys))
            self.stdout.write(f"{place} holds {len(keys)} key{'' if len(keys) == 1 else 's'} now.")
        self.stderr.write(NEXT[step])

    @staticmethod
    def _keys(step: str) -> list[str]:
        current, previous = settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS
        if step == "drop":
            if not previous:
                raise CommandError("There is no previous key to drop.")
            return [current]
        new = secrets.token_urlsafe(64)
        return [new] if step == "leaked" else [new, current, *previous]

    @staticmethod
    def _file() -> Path | None:
        """Where the keys can be changed: the file that is named, or the one that ``script/server`` laid down."""
        if "BANGUARD_SECRET_KEYS" in os.environ:
            return None
        named = os.environ.get("BANGUARD_SECRET_KEYS_FILE")
        return Path(named) if named else Path(settings.DATA_DIR) / "secret-keys"


def _write(place: Path, text: str) -> None:
    """All or nothing, and readable for the same people as before."""
    before = place.stat()
    new = place.with_name(f"{place.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    new.chmod(before.st_mode & 0o777)
    if os.geteuid() == 0:
        os.chown(new, before.st_uid, before.st_gid)
    new.rename(place)
