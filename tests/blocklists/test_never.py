"""What no list may block: the machine, its people, what Fail2ban ignores, and what somebody protected."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from django.utils import timezone

from banguard.accounts.models import AuditRecord
from banguard.agent.memory import MemoryAgent
from banguard.agent.verbs import BLOCKLIST_JAIL, Machine
from banguard.blocklists.models import Source
from banguard.blocklists.services import imports, protecting
from banguard.blocklists.values import Enforcement
from banguard.blocklists.wanted import fingerprint, wanted
from banguard.core import ranges
from banguard.core.errors import AddressInvalid, Conflict, InvalidInput, NotFound
from banguard.core.networks import parse_network, text_of
from banguard.fail2ban.values import ConfiguredJail, ConfiguredJails
from banguard.servers import services as servers
from banguard.servers.models import ProtectedNetwork
from tests.blocklists.conftest import Feed

pytestmark = pytest.mark.django_db(transaction=True)


def protect(network: str, **values: object) -> ProtectedNetwork:
    given = {"note": "ours", "expires_at": None, "created_by": "a test"} | values
    return servers.protect(network=network, **given)  # type: ignore[arg-type]


def blocked(agent: MemoryAgent, feed: Feed, source: Source, *lines: str) -> list[str]:
    feed.serve(*lines)
    assert imports.import_now(source_id=source.pk, asked_by="a test").error == ""
    return sorted(agent.fail2ban.banned(BLOCKLIST_JAIL))


def test_a_protected_address_is_cut_out_of_a_network(agent: MemoryAgent, feed: Feed, source: Source) -> None:
    protect("203.0.113.1")
    assert blocked(agent, feed, source, "203.0.113.0/30") == ["203.0.113.0", "203.0.113.2/31"]


def test_an_entry_inside_a_protected_network_is_left_out(agent: MemoryAgent, feed: Feed, source: Source) -> None:
    protect("2001:db8::/32")
    assert blocked(agent, feed, source, "2001:db8::5", "198.51.100.7") == ["198.51.100.7"]


def test_protection_ends_with_its_time(agent: MemoryAgent, feed: Feed, source: Source) -> None:
    made = protect("203.0.113.7", expires_at=timezone.now() + timedelta(hours=1))
    assert blocked(agent, feed, source, "203.0.113.7", "203.0.113.9") == ["203.0.113.9"]
    ProtectedNetwork.objects.filter(pk=made.pk).update(expires_at=Now())
    assert blocked(agent, feed, source, "203.0.113.7", "203.0.113.9") == ["203.0.113.7", "203.0.113.9"]


def test_what_fail2ban_ignores_is_spared(agent: MemoryAgent, feed: Feed, source: Source) -> None:
    agent.fail2ban.ignore("sshd", map(parse_network, ("203.0.113.7", "198.51.100.0/24")))
    assert blocked(agent, feed, source, "203.0.113.7", "198.51.100.9", "203.0.113.9") == ["203.0.113.9"]


def test_while_fail2ban_is_down_its_files_say_what_it_ignores(agent: MemoryAgent) -> None:
    agent.fail2ban.running = False
    agent.configured = ConfiguredJails(
        (ConfiguredJail("sshd", True, {"ignoreip": "203.0.113.7, 198.51.100.0/24"}, ()),)
    )
    assert [text_of(one) for one in agent.machine().ignored] == ["198.51.100.0/24", "203.0.113.7"]


def test_where_people_signed_in_of_late_is_spared(agent: MemoryAgent, feed: Feed, source: Source) -> None:
    for address, days in (("203.0.113.7", 29), ("203.0.113.8", 31)):
        at = timezone.now() - timedelta(days=days)
        AuditRecord.objects.create(number=9_000 + days, at=at, action="sign_in", outcome="done", address=address)
    assert blocked(agent, feed, source, "203.0.113.7", "203.0.113.8") == ["203.0.113.8"]


def test_wanted_is_what_lists_hold_less_what_is_spared(agent: MemoryAgent, feed: Feed, source: Source) -> None:
    blocked(agent, feed, source, "203.0.113.0/24", "2001:db8::1", "10.0.0.1")
    agent.surroundings = Machine(own=(parse_network("203.0.113.128"),), gateways=(), resolvers=())
    found = wanted(server=servers.local(), enforcement=Enforcement.JAIL)
    assert found.networks.addresses == 256
    assert list(ranges.texts(found.networks))[-1] == "2001:db8::1"
    assert found.protected == 2
    assert len(wanted(server=servers.local(), enforcement=Enforcement.KERNEL).networks) == 0


def test_the_fingerprint_changes_with_what_is_wanted_alone(agent: MemoryAgent, feed: Feed, source: Source) -> None:
    def now() -> str:
        return fingerprint(server=servers.local(), enforcement=Enforcement.JAIL)

    blocked(agent, feed, source, "203.0.113.7")
    first = now()
    blocked(agent, feed, source, "203.0.113.7", "# a comment")
    assert now() == first == wanted(server=servers.local(), enforcement=Enforcement.JAIL).fingerprint
    blocked(agent, feed, source, "203.0.113.9")
    second = now()
    protect("203.0.113.9")
    assert len({first, second, now()}) == 3


def test_protection_is_refused_when_it_cannot_be_meant() -> None:
    protect("203.0.113.7")
    with pytest.raises(Conflict):
        protect("203.0.113.7")
    with pytest.raises(AddressInvalid):
        protect("example.com")
    with pytest.raises(InvalidInput):
        protect("0.0.0.0/0")
    with pytest.raises(InvalidInput):
        protect("203.0.113.8", expires_at=timezone.now() - timedelta(hours=1))
    with pytest.raises(NotFound):
        servers.unprotect(protected_id=10**9)


def test_what_is_protected_and_what_is_refused_is_told() -> None:
    values: dict[str, Any] = {"note": "ours", "expires_at": None, "created_by": "a test"}
    made = protecting.protect(network="203.0.113.7/32", **values)
    with pytest.raises(Conflict):
        protecting.protect(network="203.0.113.7", **values)
    protecting.unprotect(protected_id=made.pk)
    told = AuditRecord.objects.order_by("number").values_list("action", "target", "outcome")
    target = "203.0.113.7"
    assert list(told) == [("protect", target, "done"), ("protect", target, "refused"), ("unprotect", target, "done")]
