"""The first step of ``script/bench``, on the system's Python: ``.venv``; then the benchmark on ``.venv``'s Python."""

from __future__ import annotations

import os
import sys

from banguard.machine import say
from banguard.machine.bootstrap import bootstrap, requirements_of
from banguard.machine.errors import CannotGoOn


def main(arguments: list[str]) -> int:
    """Returns only when the benchmark cannot be run."""
    try:
        python = bootstrap(requirements_of("bench"))
        os.execv(python, [str(python), "-m", "benchmarks", *arguments])  # noqa: S606
    except CannotGoOn as reason:
        say.problem(str(reason))
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
