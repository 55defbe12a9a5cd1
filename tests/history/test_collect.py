"""No ban is lost and none is doubled, whatever Fail2ban's database does."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from banguard.agent.memory import MemoryAgent
from banguard.core import locks
from banguard.core.errors import Fail2banUnreachable, LockLost
from banguard.core.networks import parse_network
from banguard.history import collect, normalise, store
from banguard.history import services as history
from banguard.history.models import Ban, BanMatches, Cursor
from banguard.history.values import Episode, Place
from banguard.servers import services as servers

pytestmark = pytest.mark.django_db(transaction=True)

Follow = Callable[[], int]
NOW = int(time.time())


def stored() -> list[tuple[str, str]]:
    rows = Ban.objects.order_by("id").values_list("jail", "address")
    return [(jail, str(address.network_address)) for jail, address in rows]


def unban(agent: MemoryAgent, *addresses: str) -> None:
    agent.unban(jail=None, addresses=[parse_network(address) for address in addresses])


def test_what_is_stored_is_not_stored_again(agent: MemoryAgent, follow: Follow) -> None:
    agent.fail2ban.detect("sshd", "203.0.113.7")
    agent.fail2ban.detect("sshd", "2001:db8::7")
    assert [follow(), follow(), follow()] == [2, 0, 0]
    assert stored() == [("sshd", "203.0.113.7"), ("sshd", "2001:db8::7")]


def test_a_look_that_finds_nothing_writes_nothing(agent: MemoryAgent, follow: Follow) -> None:
    agent.fail2ban.detect("sshd", "203.0.113.7")
    follow()
    with CaptureQueriesContext(connection) as queries:
        assert follow() == 0
    written = [query["sql"] for query in queries if "SELECT" not in query["sql"] and "history_" in query["sql"]]
    assert {sql.split('"')[1] for sql in written} == {"history_coverage"}, "and that it looked"


def test_a_number_given_again_after_an_unban_hides_no_ban(agent: MemoryAgent, follow: Follow) -> None:
    agent.fail2ban.detect("sshd", "203.0.113.1", banned_at=NOW)
    follow()
    unban(agent, "203.0.113.1")
    agent.fail2ban.detect("sshd", "203.0.113.2", banned_at=NOW)
    assert follow() == 1


def test_it_finds_a_ban_that_is_dated_before_all_others(agent: MemoryAgent, follow: Follow) -> None:
    """Fail2ban dates a ban by its log line: after a restart it bans for what happened minutes ago."""
    for number in range(1, 6):
        agent.fail2ban.detect("sshd", f"203.0.113.{number}", banned_at=NOW)
    follow()
    unban(agent, "203.0.113.4", "203.0.113.5")
    agent.fail2ban.detect("nginx", "203.0.113.9", banned_at=NOW - 500)
    agent.fail2ban.detect("nginx", "203.0.113.10", banned_at=NOW - 400)
    assert follow() == 2


def test_it_goes_on_after_the_newest_rows_are_gone(agent: MemoryAgent, follow: Follow) -> None:
    for number in range(1, 6):
        agent.fail2ban.detect("sshd", f"203.0.113.{number}", banned_at=NOW)
    follow()
    unban(agent, "203.0.113.3", "203.0.113.4", "203.0.113.5")
    assert follow() == 0
    agent.fail2ban.detect("sshd", "203.0.113.6", banned_at=NOW - 9)
    assert follow() == 1


def test_an_address_banned_again_is_another_ban(agent: MemoryAgent, follow: Follow) -> None:
    agent.fail2ban.detect("sshd", "203.0.113.1", banned_at=NOW)
    follow()
    unban(agent, "203.0.113.1")
    agent.fail2ban.detect("sshd", "203.0.113.1", banned_at=NOW + 1)
    assert follow() == 1
    assert len(stored()) == 2


def test_five_thousand_bans_in_one_second_all_arrive(agent: MemoryAgent, follow: Follow) -> None:
    for number in range(5_000):
        agent.fail2ban.detect("sshd", f"203.0.{number // 250}.{number % 250}", banned_at=NOW)
    assert follow() == 5_000
    agent.fail2ban.detect("sshd", "198.51.100.1", banned_at=NOW)
    assert follow() == 1
    assert Ban.objects.count() == 5_001


def test_another_database_with_the_same_numbers_is_read_from_its_beginning(agent: MemoryAgent, follow: Follow) -> None:
    for number in range(1, 6):
        agent.fail2ban.detect("sshd", f"203.0.113.{number}", banned_at=NOW)
    follow()
    unban(agent, "203.0.113.0/24")
    for number in range(20):
        agent.fail2ban.detect("sshd", f"198.51.100.{number}", banned_at=NOW - 1000 + number)
    assert follow() == 20


def test_an_emptied_database_is_no_trouble(agent: MemoryAgent, follow: Follow) -> None:
    agent.fail2ban.detect("sshd", "203.0.113.1")
    follow()
    unban(agent, "203.0.113.1")
    assert [follow(), follow()] == [0, 0]
    agent.fail2ban.detect("sshd", "203.0.113.2")
    assert follow() == 1


def test_identities_that_are_no_address_do_not_stop_it(agent: MemoryAgent, follow: Follow) -> None:
    agent.fail2ban.ban_identity("sshd", "root")
    agent.fail2ban.detect("sshd", "203.0.113.1")
    agent.fail2ban.ban_identity("sshd", "admin")
    assert [follow(), follow()] == [1, 0]


def test_a_pass_that_breaks_off_goes_on_where_it_was(agent: MemoryAgent, follow: Follow) -> None:
    for number in range(3_000):
        agent.fail2ban.detect("sshd", f"203.0.{number // 250}.{number % 250}", banned_at=NOW)
    server = servers.local()
    with locks.hold(locks.COLLECT, server.pk) as held:
        assert history.Follower(server, held).look_once() == (collect.LIMIT, False)
    agent.fail2ban.running = False
    with pytest.raises(Fail2banUnreachable):
        follow()
    agent.fail2ban.running = True
    assert follow() == 1_000
    assert Ban.objects.count() == 3_000


def test_odd_rows_are_stored_whole(agent: MemoryAgent, follow: Follow) -> None:
    lines = ('quote " and \\ back', "tab\tand\nline", "{curly, braces}", "NULL", "NUL\x00", "")
    agent.fail2ban.detect("sshd", "203.0.113.1", matches=lines, banned_at=2**40)
    agent.fail2ban.detect("sshd", "2001:db8::/64", failures=2**40)
    assert follow() == 2
    assert BanMatches.objects.get().lines == [line.replace("\x00", "\N{REPLACEMENT CHARACTER}") for line in lines]


def rows(count: int, agent: MemoryAgent) -> list[Episode]:
    for number in range(count):
        agent.fail2ban.detect("sshd", f"203.0.113.{number}", banned_at=NOW, matches=("a line",))
    return list(normalise.episodes(collect.new_rows(agent, Place()).rows))


def test_storing_twice_changes_nothing(agent: MemoryAgent) -> None:
    server, episodes = servers.local(), rows(3, agent)
    for new in (3, 0):
        with transaction.atomic():
            assert store.insert(server=server, episodes=episodes) == new
    assert (Ban.objects.count(), BanMatches.objects.count()) == (3, 3)


def test_the_same_ban_twice_in_one_batch_is_one_row(agent: MemoryAgent) -> None:
    server, episodes = servers.local(), rows(1, agent)
    with transaction.atomic():
        assert store.insert(server=server, episodes=episodes * 2) == 1


def test_whoever_lost_the_lock_writes_nothing(agent: MemoryAgent) -> None:
    server = servers.local()
    rows(3, agent)
    with locks.hold(locks.COLLECT, server.pk) as slept:
        follower = history.Follower(server, slept)
    with locks.hold(locks.COLLECT, server.pk), pytest.raises(LockLost):
        follower.look(None)
    assert not Ban.objects.exists()
    assert not Cursor.objects.filter(rowid__gt=0).exists()
