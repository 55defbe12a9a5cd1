"""The API of a BanGuard that runs, by a token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import requests

from banguard.machine.errors import CannotGoOn


@dataclass(frozen=True)
class Api:
    """Each answer as it is; ``CannotGoOn`` for one that is a refusal."""

    url: str
    token: str

    def get(self, path: str) -> Any:
        return self._answer("GET", path, {})

    def post(self, path: str, **body: object) -> Any:
        return self._answer("POST", path, {"json": body})

    def _answer(self, method: str, path: str, given: dict[str, Any]) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = requests.request(method, f"{self.url}/api/v1{path}", headers=headers, timeout=60, **given)
        if not answer.ok:
            raise CannotGoOn(f"{method} {path} answered {answer.status_code}: {answer.text[:500]}")
        return answer.json()
