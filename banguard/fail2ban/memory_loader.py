"""A loader for the Fail2ban that lives in memory: the same call as ``loader``'s, for tests."""

from __future__ import annotations

from collections.abc import Sequence

from banguard.core.errors import Fail2banRefused
from banguard.fail2ban.memory import MemoryFail2ban
from banguard.fail2ban.readings import Readings
from banguard.fail2ban.undo import Loads


class MemoryLoader:
    """Loads what the files come to into a Fail2ban in memory. Set ``refuses`` to have it refuse, with these words."""

    def __init__(self, server: MemoryFail2ban, readings: Readings) -> None:
        self.refuses: str | None = None
        self._server, self._readings = server, readings

    def load(self, loads: Loads, running: Sequence[str]) -> None:
        if self.refuses is not None:
            raise Fail2banRefused(f"Fail2ban refused: {self.refuses}")
        for jail in loads.stopped:
            self._server.remove_jail(jail)
        expected = self._readings.now().expected
        for jail in loads.touched:
            if jail in expected:
                self._server.reload_jail(jail, expected[jail])
