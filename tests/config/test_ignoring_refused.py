"""What nobody may have ignored, by API and page."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from banguard.accounts.models import Person
from banguard.agent.memory import MemoryAgent
from banguard.agent.verbs import BLOCKLIST_JAIL
from banguard.config.models import Ignored
from tests.conftest import Api

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "body",
    [
        *(
            {"addresses": some}
            for some in ([], ["x"], ["0.0.0.0/0"], ["::/0"], ["1.2.3.4; id"], [None], ["1.2.3.4%eth0"])
        ),
        {"addresses": ["203.0.113.7"], "jail": "a b"},
        {"addresses": ["203.0.113.7"], "jail": BLOCKLIST_JAIL},
        {"addresses": ["203.0.113.7"], "note": "x" * 201},
        {"addresses": ["203.0.113.7"], "note": "\x00"},
        {"addresses": ["203.0.113.7"], "expires_at": "2020-01-01T00:00:00Z"},
        {"addresses": ["203.0.113.7"], "expires_at": "soon"},
        {"addresses": ["203.0.113.7"] * 201},
        {"addresses": ["203.0.113.7"], "more": 1},
    ],
)
def test_what_will_not_do_ignores_nothing(api: Api, agent: MemoryAgent, body: dict[str, Any]) -> None:
    assert api.post("/config/ignored", **body).status_code == 422
    assert (Ignored.objects.count(), agent.fail2ban.ignored("sshd")) == (0, ())


@pytest.fixture
def visitor(client: Client, administrator: Person, agent: MemoryAgent) -> Client:
    client.force_login(administrator)
    return client


@pytest.mark.parametrize("lasts", ["soon", "-2", "0", "1h; id", "__import__('os')", "101y"])
def test_a_time_that_is_none_is_told_beside_it(visitor: Client, lasts: str) -> None:
    answer = visitor.post("/config/ignored/", {"addresses": "203.0.113.7", "lasts": lasts})
    assert answer.status_code == 422
    assert Ignored.objects.count() == 0
