"""Where the web server listens, and whether it can."""

from __future__ import annotations

import errno
import socket
from dataclasses import dataclass

from banguard.machine.errors import CannotGoOn


@dataclass(frozen=True)
class Address:
    host: str
    port: int

    @property
    def bind(self) -> str:
        return f"{self._bracketed(self.host)}:{self.port}"

    @property
    def to_connect(self) -> str:
        """Where this machine itself reaches it."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104

    @property
    def url(self) -> str:
        return f"http://{self._bracketed(self.to_connect)}:{self.port}"

    @staticmethod
    def _bracketed(host: str) -> str:
        return f"[{host}]" if ":" in host else host


def refuse_taken(address: Address) -> None:
    """Raises ``CannotGoOn`` when nobody could listen at ``address`` now."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address.host, address.port))
        except OSError as error:
            raise CannotGoOn(_explained(error, address)) from error


def _explained(error: OSError, address: Address) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {address.port} on {address.host} is taken by another program. "
            f"Stop it, or choose another port: BANGUARD_PORT={address.port + 1} script/server"
        )
    if error.errno == errno.EACCES:
        return f"Port {address.port} needs root. Choose one above 1023 with BANGUARD_PORT, and put a proxy before it."
    return f"BANGUARD_HOST {address.host} cannot be listened on: {error.strerror}."
