"""One private Fail2ban server, started once for all tests that want it."""

from collections.abc import Iterator

import pytest

from tests.fail2ban.private_server import RealFail2ban, running_fail2ban


@pytest.fixture(scope="session")
def shared_fail2ban() -> Iterator[RealFail2ban]:
    with running_fail2ban() as server:
        yield server


@pytest.fixture
def real(shared_fail2ban: RealFail2ban) -> RealFail2ban:
    """The shared server, with nothing banned."""
    client = shared_fail2ban.client
    with client._connected() as connection:
        connection.ask("unban", "--all")
    return shared_fail2ban
