"""What many tests need: people of each role, an API client, and an agent over a Fail2ban in memory."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import translation

from banguard.accounts import services as accounts
from banguard.accounts.models import Person
from banguard.accounts.values import Role
from banguard.agent.memory import MemoryAgent
from banguard.agent.server import AgentServer


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browsers come last: Playwright's loop then runs in this thread, where Django refuses the database to others."""
    items.sort(key=lambda item: "browser" in getattr(item, "fixturenames", ()))


PASSWORD = "a long enough secret"


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # the real one takes 0.3 s each


@pytest.fixture
def person(db: None) -> Callable[[Role], Person]:
    """Makes somebody with a role; signs in with ``PASSWORD``."""
    return lambda role: accounts.create_person(username=role.value, password=PASSWORD, role=role)


@pytest.fixture
def viewer(person: Callable[[Role], Person]) -> Person:
    return person(Role.VIEWER)


@pytest.fixture
def operator(person: Callable[[Role], Person]) -> Person:
    return person(Role.OPERATOR)


@pytest.fixture
def administrator(person: Callable[[Role], Person]) -> Person:
    return person(Role.ADMINISTRATOR)


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """The language of the last request stays with the thread; here it is that of one test alone."""
    yield
    translation.deactivate()


class Api:
    """Calls the API with a token: ``api.get("/bans")``, ``api.post("/bans", addresses=[...])``."""

    def __init__(self, token: str) -> None:
        self.client = Client(raise_request_exception=False)
        self.headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str, **query: object) -> HttpResponse:
        return self.client.get(f"/api/v1{path}", query, headers=self.headers)  # type: ignore[arg-type]

    def _send(self, method: str, path: str, body: dict[str, Any]) -> HttpResponse:
        send = getattr(self.client, method)
        return send(  # type: ignore[no-any-return]
            f"/api/v1{path}", json.dumps(body), content_type="application/json", headers=self.headers
        )

    def post(self, path: str, **body: object) -> HttpResponse:
        return self._send("post", path, body)

    def patch(self, path: str, **body: object) -> HttpResponse:
        return self._send("patch", path, body)

    def delete(self, path: str, **body: object) -> HttpResponse:
        return self._send("delete", path, body)


@pytest.fixture
def api_with(db: None) -> Callable[..., Api]:
    """``api_with("read", "ban")``: a client whose token has these scopes; ``"*"`` for all."""

    def make(*scopes: str) -> Api:
        return Api(accounts.create_token(name="test", scopes=scopes, days=None, created_by=None)[1])

    return make


@pytest.fixture
def api(api_with: Callable[..., Api]) -> Api:
    return api_with("*")


@pytest.fixture
def agent(tmp_path: Path, settings: Any) -> Iterator[MemoryAgent]:
    """The real agent's server on a socket of its own, over a Fail2ban in memory with the jails sshd and nginx."""
    memory = MemoryAgent("sshd", "nginx")
    path = tmp_path / "agent.sock"
    server = AgentServer(path, memory.guarded)
    thread = threading.Thread(target=server.serve)
    thread.start()
    settings.AGENT_SOCKET = path
    yield memory
    server.stop()
    thread.join()
