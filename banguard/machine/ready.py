"""Asks the running server whether its parts are ready."""

from __future__ import annotations

import http.client
import json

from banguard.machine.address import Address


def parts(address: Address, host_header: str) -> dict[str, bool]:
    """Each part that ``/health/ready`` names, and whether it is well; empty while nobody answers."""
    connection = http.client.HTTPConnection(address.to_connect, address.port, timeout=3)
    try:
        connection.request("GET", "/health/ready", headers={"Host": host_header, "Accept": "application/json"})
        found = json.loads(connection.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError):
        return {}
    finally:
        connection.close()
    named = found.get("parts") if isinstance(found, dict) else None
    if not isinstance(named, dict):
        return {}
    return {name: isinstance(part, dict) and part.get("ok") is True for name, part in named.items()}


def missing(found: dict[str, bool], wanted: tuple[str, ...]) -> list[str]:
    return [name for name in wanted if not found.get(name)]
