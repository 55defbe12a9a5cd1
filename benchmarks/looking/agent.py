"""An agent over a copy of Fail2ban's own configuration, in memory: ``... agent SOCKET``."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from banguard.agent.server import AgentServer
from tests.outside import pictured


def main(path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="banguard-") as folder:
        AgentServer(path, pictured.guarded(Path(folder)).guarded).serve()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
