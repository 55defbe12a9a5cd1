"""The second step, on the Python of ``.venv``: ``python -m banguard.machine.inside COMMAND [ARGUMENT...]``."""

from __future__ import annotations

import sys

from banguard.machine import check, install, say, server, signals, test
from banguard.machine.errors import CannotGoOn, Stopped


def main(command: str, arguments: list[str]) -> int:
    signals.watch()
    try:
        if command == "server":
            return server.run()
        if command == "install":
            return install.run()
        return test.run(arguments) if command == "test" else check.run()
    except CannotGoOn as reason:
        say.problem(str(reason))
        return 1
    except Stopped:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
