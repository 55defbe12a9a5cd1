"""``/api/v1/bans``."""

from __future__ import annotations

import pytest

from banguard.agent.memory import MemoryAgent
from banguard.core import locks
from banguard.history import services
from banguard.servers import services as servers
from tests.conftest import Api

pytestmark = pytest.mark.django_db(transaction=True)


def follow() -> int:
    server = servers.local()
    with locks.hold(locks.COLLECT, server.pk) as held:
        return services.follow(server=server, held=held)


def test_a_ban_is_listed_once_collected(api: Api, agent: MemoryAgent) -> None:
    agent.fail2ban.detect("sshd", "203.0.113.7", failures=5, matches=("a line",))
    assert follow() == 1
    answer = api.get("/bans")
    (ban,) = answer.json()["data"]
    assert (ban["address"], ban["jail"], ban["origin"], ban["active"]) == ("203.0.113.7", "sshd", "jail", True)
