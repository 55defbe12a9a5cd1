"""Makes ``.venv`` and installs a requirements file into it. A stamp inside makes the second time free."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

from banguard.machine import call, lock, ordinary, pythons, say
from banguard.machine.errors import CannotGoOn
from banguard.machine.places import ROOT, VENV, shown


def bootstrap(requirements: Path, venv: Path = VENV) -> Path:
    """Makes sure that ``venv`` holds what ``requirements`` lists, and returns its Python."""
    venv = venv.resolve()  # several checkouts may share one by a link: it must look the same from each
    with lock.waiting_for(venv.parent):
        version = _version(venv)
        if version is None or _unusable(venv, version):
            version = _make(venv)
        if _installed(venv) != _installed(venv) | _digests(requirements):
            _install(venv, requirements, version)
    return venv / "bin" / "python"


def _version(venv: Path) -> str | None:
    """Such as ``3.11``, asked of the interpreter itself: the one it was made with may be gone."""
    program = venv / "bin" / "python"
    if not program.exists():
        return None
    result = call.run([str(program), "-I", "-S", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"])
    return result.output.strip() if result.code == 0 else None


def _unusable(venv: Path, version: str) -> bool:
    """Whether it must be made anew: an install was interrupted, Python has changed, or the folder was moved."""
    if _marker(venv).exists():
        return True
    stamp = _stamp(venv)
    return bool(stamp) and (stamp.get("python"), stamp.get("place")) != (version, str(venv))


def _make(venv: Path) -> str:
    begun = time.monotonic()
    python = pythons.chosen(ordinary.ordinary_user())
    version = ".".join(map(str, python.version))
    result = call.run([python.path, "-m", "venv", "--clear", str(venv)])
    if result.code:
        raise CannotGoOn(f"{shown(venv)} could not be made:\n{result.output.strip()}")
    say.about("python", f"{shown(venv)} made with Python {version} of {python.path}", time.monotonic() - begun)
    return version


def _install(venv: Path, requirements: Path, version: str) -> None:
    begun = time.monotonic()
    say.about("python", f"installing what {shown(requirements)} lists ...")
    _stamp_file(venv).unlink(missing_ok=True)
    _marker(venv).touch()
    pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    result = call.run([*pip, "-r", str(requirements)])
    # pip undoes what it could not finish; only an install that was killed leaves the marker, and is made anew.
    _marker(venv).unlink()
    if result.code:
        raise CannotGoOn(f"pip could not install what {shown(requirements)} lists:\n{result.output.strip()}")
    stamp = {"python": version, "place": str(venv), "installed": dict(_digests(requirements))}
    _stamp_file(venv).write_text(json.dumps(stamp), encoding="utf-8")
    say.about("python", f"installed what {shown(requirements)} lists", time.monotonic() - begun)


def _digests(requirements: Path) -> set[tuple[str, str]]:
    """Each file that ``requirements`` consists of, with the digest of its whole content, included files too."""
    return {(shown(path), _digest(path)) for path in _files(requirements)}


def _digest(requirements: Path) -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in _files(requirements))).hexdigest()


def _files(requirements: Path) -> Iterator[Path]:
    yield requirements
    for included in re.findall(r"^-r\s+(\S+)", requirements.read_text(encoding="utf-8"), re.MULTILINE):
        yield from _files((requirements.parent / included).resolve())


def _installed(venv: Path) -> set[tuple[str, str]]:
    installed = _stamp(venv).get("installed")
    return set(installed.items()) if isinstance(installed, dict) else set()


def _stamp(venv: Path) -> dict[str, object]:
    try:
        found = json.loads(_stamp_file(venv).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _stamp_file(venv: Path) -> Path:
    return venv / "banguard-installed.json"


def _marker(venv: Path) -> Path:
    return venv / "banguard-installing"


def requirements_of(command: str) -> Path:
    return ROOT / "requirements.txt" if command in {"server", "install"} else ROOT / "tests" / "requirements.txt"
