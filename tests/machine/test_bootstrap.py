"""A virtual environment made for real, with nothing to download."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from banguard.machine.bootstrap import bootstrap
from banguard.machine.errors import CannotGoOn


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shared by the tests here, for making one takes seconds; each leaves it whole."""
    made = tmp_path_factory.mktemp("checkout")
    (made / "requirements.txt").write_text("# nothing\n", encoding="utf-8")
    bootstrap(made / "requirements.txt", made / ".venv")
    return made


@pytest.fixture
def python(folder: Path) -> Iterator[Path]:
    yield folder / ".venv" / "bin" / "python"
    assert bootstrap(folder / "requirements.txt", folder / ".venv") == folder / ".venv" / "bin" / "python"
    assert subprocess.run([folder / ".venv" / "bin" / "python", "-c", ""], check=True).returncode == 0


def test_the_second_time_does_nothing(folder: Path, python: Path) -> None:
    stamp = folder / ".venv" / "banguard-installed.json"
    before = stamp.stat().st_mtime_ns
    assert bootstrap(folder / "requirements.txt", folder / ".venv") == python
    assert stamp.stat().st_mtime_ns == before


def test_an_interrupted_install_is_repaired(folder: Path, python: Path) -> None:
    (folder / ".venv" / "banguard-installing").touch()
    (folder / ".venv" / "half").touch()
    assert bootstrap(folder / "requirements.txt", folder / ".venv") == python
    assert not (folder / ".venv" / "half").exists()


def test_an_interpreter_that_is_gone_is_replaced(python: Path) -> None:
    python.unlink()
    python.symlink_to("/nowhere/python3")


def test_what_pip_says_of_a_failure_is_shown_whole(folder: Path, python: Path) -> None:
    wrong = folder / "wrong.txt"
    wrong.write_text("./no-such-package\n", encoding="utf-8")
    with pytest.raises(CannotGoOn, match="no-such-package"):
        bootstrap(wrong, python.parent.parent)
