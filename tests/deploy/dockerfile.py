"""Carries out the steps of a Dockerfile without a container engine: each stage in a folder of its own.

A step sees this machine's system with ``/app`` and ``/node`` as its stage has them, in a mount namespace of its own.
That takes root. It shows that the steps work and what they leave; not that the base image is what it should be.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

FOLDERS = ("app", "node")
TRUST = {"NODE_EXTRA_CA_CERTS": "/etc/ssl/certs/ca-certificates.crt"}  # whom this machine trusts, npm trusts here
_ENTER = """
set -e
root="$1" stage="$2" mode="$3" workdir="$4"; shift 4
mount --make-rprivate /
mount -t tmpfs -o mode=0755 none "$root"
for name in bin dev etc lib lib64 opt proc root run sbin sys tmp usr var; do
    [ -e "/$name" ] && mkdir "$root/$name" && mount --rbind "/$name" "$root/$name"
done
mkdir "$root/shim" && ln -s "$PYTHON" "$root/shim/python"
for name in app node; do
    mkdir "$root/$name" && mount --bind "$stage/$name" "$root/$name"
    [ "$mode" = rw ] || mount -o remount,bind,ro "$root/$name"
done
exec chroot $AS "$root" /usr/bin/env --chdir="$workdir" "$@"
"""


@dataclass
class Stage:
    """One ``FROM`` to the next. ``steps`` are pairs such as ``("RUN", "npm ci")``."""

    name: str
    steps: list[tuple[str, str]] = field(default_factory=list)

    def last(self, instruction: str) -> str:
        return next(rest for name, rest in reversed(self.steps) if name == instruction)


def stages(text: str) -> dict[str, Stage]:
    """The named stages in their order."""
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    found: dict[str, Stage] = {}
    for line in re.sub(r"\\\n\s*", " ", lines).splitlines():
        name, _, rest = line.strip().partition(" ")
        if name == "FROM" and (named := re.search(r" AS (\w+)$", rest)):
            found[named[1]] = Stage(named[1])
        elif name and name != "FROM" and found:
            found[next(reversed(found))].steps.append((name, rest.strip()))
    return found


class Builder:
    """Builds stages below ``place`` from the files in ``context``."""

    def __init__(self, context: Path, place: Path) -> None:
        self.context, self.place = context, place
        # Nothing of the tests' own settings: an image is built and run without them.
        kept = {name: value for name, value in os.environ.items() if not name.startswith("BANGUARD_")}
        self.environment = TRUST | kept | {"PATH": f"/shim:{os.environ['PATH']}"}
        self.workdir = "/"

    def build(self, stage: Stage, onto: str | None = None) -> None:
        """All steps of ``stage``, going on with the files of the stage ``onto``. Raises ``AssertionError``."""
        folder = self.place / stage.name
        if onto:
            (self.place / onto).rename(folder)
        for name in FOLDERS:
            (folder / name).mkdir(parents=True, exist_ok=True)
        for instruction, rest in stage.steps:
            getattr(self, f"_{instruction.lower()}")(folder, rest)

    def run(self, stage: Stage, command: list[str], *, user: int = 0, mode: str = "rw") -> subprocess.Popen[str]:
        """Starts ``command`` as the user id ``user``; ``mode`` is ``ro`` for files that cannot be written."""
        root = self.place / f"root-{stage.name}"
        root.mkdir(exist_ok=True)
        identity = f"--userspec={user}:{user} --groups=" if user else ""
        enter = ["unshare", "--mount", "sh", "-c", _ENTER, "sh"]
        return subprocess.Popen(
            [*enter, str(root), str(self.place / stage.name), mode, self.workdir, *command],
            env={**self.environment, "PYTHON": sys._base_executable, "AS": identity},  # type: ignore[attr-defined]
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def _env(self, _folder: Path, rest: str) -> None:
        for pair in shlex.split(rest):
            name, _, value = pair.partition("=")
            self.environment[name] = value.replace("$PATH", self.environment["PATH"])

    def _workdir(self, _folder: Path, rest: str) -> None:
        self.workdir = rest

    def _copy(self, folder: Path, rest: str) -> None:
        *sources, target = rest.split()
        for source in sources:
            found = self.context / source
            to = folder / "app" / target
            if found.is_dir():
                shutil.copytree(found, to, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                to = to / found.name if target.endswith("/") else to
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(found, to)

    def _run(self, folder: Path, rest: str) -> None:
        process = self.run(Stage(folder.name), ["sh", "-c", rest])
        said, _ = process.communicate(timeout=300)
        assert process.returncode == 0, f"{rest}\n{said[-3000:]}"
