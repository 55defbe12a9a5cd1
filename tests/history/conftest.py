"""Following the server, as the collector does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from banguard.core import locks
from banguard.history import services
from banguard.servers import services as servers


@pytest.fixture
def follow(transactional_db: None) -> Callable[[], int]:
    """One look at the server; returns how many bans were new."""

    def look() -> int:
        server = servers.local()
        with locks.hold(locks.COLLECT, server.pk) as held:
            return services.follow(server=server, held=held)

    return look


@pytest.fixture
def quick_locks(settings: Any) -> None:
    settings.LOCK_HEARTBEAT, settings.LOCK_DEADLINE = 0.1, 1.0
