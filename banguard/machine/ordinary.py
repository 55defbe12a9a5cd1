"""Whom root's processes run as: a web server has no business with the power of root."""

from __future__ import annotations

import grp
import os
import pwd
from contextlib import suppress
from pathlib import Path

from banguard.machine import call
from banguard.machine.call import OrdinaryUser
from banguard.machine.places import ROOT

_PROBE = "import os, sys; import banguard; os.listdir(sys.argv[1])"


def ordinary_user() -> OrdinaryUser | None:
    """``banguard`` if there is such a user, else who called sudo, else the owner of the checkout, else ``nobody``.

    None when this process is not root: it has no power to drop.
    """
    if os.geteuid() != 0:
        return None
    with suppress(KeyError):
        return _described(pwd.getpwnam("banguard"))
    for uid in (int(os.environ.get("SUDO_UID", "0")), ROOT.stat().st_uid):
        with suppress(KeyError):
            if uid != 0:
                return _described(pwd.getpwuid(uid))
    with suppress(KeyError):
        return _described(pwd.getpwnam("nobody"))
    return None


def why_not(user: OrdinaryUser, python: Path, data: Path) -> str | None:
    """Why ``user`` cannot run BanGuard with ``python``, found by trying it; None when it can."""
    result = call.run([str(python), "-c", _PROBE, str(data)], user=user, seconds=20)
    return result.last_line if result.code else None


def may_execute(user: OrdinaryUser, program: str) -> bool:
    return call.run([program, "--version"], user=user, folder=Path("/"), seconds=20).code == 0


def may_enter(user: OrdinaryUser, folder: Path) -> bool:
    return call.run(["test", "-x", str(folder)], user=user, folder=Path("/"), seconds=20).code == 0


def give(path: Path, user: OrdinaryUser | None) -> None:
    """Makes ``path`` and all below it the user's (root's when None). Does nothing without power to do so."""
    if os.geteuid() != 0 or not path.exists():
        return
    uid, gid = (user.uid, user.gid) if user else (0, 0)
    # Every time and to the last file: root may have run ``manage.py`` by hand meanwhile.
    for found in (path, *path.rglob("*")):
        if found.lstat().st_uid != uid:
            os.chown(found, uid, gid, follow_symlinks=False)


def _described(found: pwd.struct_passwd) -> OrdinaryUser:
    group = str(found.pw_gid)
    with suppress(KeyError):
        group = grp.getgrgid(found.pw_gid).gr_name
    return OrdinaryUser(found.pw_uid, found.pw_gid, found.pw_name, group, found.pw_dir)
