"""Following a server that keeps a log: what history then holds, and what it says it may have missed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from banguard.agent.memory import MemoryAgent
from banguard.core import locks
from banguard.core.networks import parse_network
from banguard.fail2ban.values import LogEvent
from banguard.history import selectors
from banguard.history.models import Address, Ban, Coverage, Cursor, FailureCount, Retained
from banguard.history.services import Follower
from banguard.history.values import LiftReason
from banguard.servers import services as servers

pytestmark = pytest.mark.django_db(transaction=True)

Look = Callable[[], int]


@pytest.fixture
def logging(agent: MemoryAgent) -> MemoryAgent:
    agent.fail2ban.logs = True
    return agent


@pytest.fixture
def look(logging: MemoryAgent) -> Iterator[Look]:
    """One leader's looks."""
    server = servers.local()
    with locks.hold(locks.COLLECT, server.pk) as held:
        follower = Follower(server, held)
        yield lambda: follower.look(logging.status() if logging.fail2ban.running else None)


def ends() -> list[str]:
    return list(Ban.objects.order_by("banned_at").values_list("lift_reason", flat=True))


def test_a_ban_and_its_end_are_one_row(logging: MemoryAgent, look: Look) -> None:
    logging.fail2ban.detect("sshd", "203.0.113.7", matches=("a line",))
    assert [look(), look()] == [1, 0]
    logging.unban(None, [parse_network("203.0.113.7")])
    assert look() == 0
    ban = Ban.objects.select_related("matched").get()
    assert (ban.lift_reason, ban.failures, ban.matched.lines) == (LiftReason.MANUAL, 5, ["a line"])
    assert ban.failed_at is not None
    assert ban.lifted_at is not None
    assert ban.failed_at <= ban.banned_at <= ban.lifted_at


def test_a_ban_that_came_and_went_between_two_looks_is_there(logging: MemoryAgent, look: Look) -> None:
    for _ in range(3):
        logging.ban("sshd", [parse_network("203.0.113.7")])
        logging.unban("sshd", [parse_network("203.0.113.7")])
    logging.ban("sshd", [parse_network("203.0.113.7")])
    assert look() == 4
    assert ends() == ["manual"] * 3 + [""]


def test_a_server_that_stops_leaves_its_last_lines(logging: MemoryAgent, look: Look) -> None:
    logging.ban("sshd", [parse_network("203.0.113.7")])
    look()
    memory = logging.fail2ban
    now = memory.log[-1].at
    memory.log += [LogEvent("shutdown", now), LogEvent("unban", now, "sshd", "203.0.113.7")]
    memory.running = False
    with pytest.raises(Exception, match="no such socket"):
        look()  # its database in memory is gone too; the log comes first
    memory.running = True
    look()
    assert ends() == ["server_stopped"]


def test_without_a_log_the_jails_tell_what_ended(
    logging: MemoryAgent, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    logging.fail2ban.logs = False
    monkeypatch.setattr("banguard.history.services.following.LOOK_WITHOUT_LOG", 0.0)
    monkeypatch.setattr("banguard.history.services.following.FRESH", timedelta(0))
    logging.fail2ban.detect("sshd", "203.0.113.7")
    look()
    logging.unban("sshd", [parse_network("203.0.113.7")])
    look()
    assert ends() == ["manual"]


def test_what_the_log_no_longer_tells_the_jail_does(logging: MemoryAgent, look: Look) -> None:
    logging.ban("sshd", [parse_network("203.0.113.7")])
    logging.fail2ban.log.clear()
    logging.fail2ban._rows.clear()
    assert look() == 1
    assert Ban.objects.get().failed_at is not None


def test_failures_are_counted_once(logging: MemoryAgent, look: Look) -> None:
    now = int(timezone.now().timestamp())
    logging.fail2ban.log += [LogEvent("found", now * 1000, "sshd", "203.0.113.7", until=now)] * 3
    look()
    look()
    assert [(count.jail, count.failures) for count in FailureCount.objects.all()] == [("sshd", 3)]


def test_coverage_grows_while_nothing_is_missed(logging: MemoryAgent, look: Look) -> None:
    look()
    before = Coverage.objects.get().until
    look()
    assert Coverage.objects.get().until > before
    followed = selectors.followed()
    assert followed is not None
    assert (followed.source, followed.lag < timedelta(seconds=60)) == ("file", True)


def test_a_hole_begins_another_interval(logging: MemoryAgent, look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    look()
    holes = ["", "the log is gone"]
    answer = logging.fail2ban.log_since
    monkeypatch.setattr(
        logging.fail2ban, "log_since", lambda place: replace(answer(place), hole=holes.pop() if holes else "")
    )
    look()
    look()
    assert [one.hole for one in Coverage.objects.order_by("id")] == ["", "the log is gone"]


def test_a_log_that_cannot_be_read_for_a_while_is_no_hole(
    logging: MemoryAgent, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    look()
    with monkeypatch.context() as broken:
        from_nowhere = lambda place: logging.fail2ban._jail("nosuch")  # noqa: E731
        broken.setattr(logging.fail2ban, "log_since", from_nowhere)
        with pytest.raises(Exception, match="no jail"):
            look()
    look()
    assert Coverage.objects.count() == 1


def test_what_expired_without_a_line_ends_at_its_time(logging: MemoryAgent, look: Look) -> None:
    logging.fail2ban.detect("sshd", "203.0.113.7", banned_at=1_700_000_000)
    logging.fail2ban._jails["sshd"].banned.clear()
    look()
    ban = Ban.objects.get()
    assert (ban.lift_reason, ban.lifted_at) == (LiftReason.EXPIRED, ban.expires_at)


def test_a_follower_that_is_killed_at_any_moment_loses_nothing(logging: MemoryAgent, look: Look) -> None:
    logging.ban("sshd", [parse_network(f"203.0.113.{number}") for number in range(9)])
    look()
    Cursor.objects.update(log_place="", rowid=0, mark="")  # as if the place had been lost: everything is read again
    assert look() == 0
    assert Ban.objects.count() == 9


def test_what_retention_let_go_of_is_not_counted_again(logging: MemoryAgent, look: Look) -> None:
    logging.fail2ban.detect("sshd", "203.0.113.7", banned_at=1_700_000_000)
    logging.fail2ban._jails["sshd"].banned.clear()
    look()
    Ban.objects.all().delete()
    Retained.objects.create(since=timezone.now())
    Cursor.objects.update(log_place="", rowid=0, mark="")  # as after an unban of the last row that was read
    assert look() == 0
    assert not Ban.objects.exists()
    assert Address.objects.get().bans == 1


def test_a_jail_that_is_just_taking_up_its_bans_has_lost_none(logging: MemoryAgent, look: Look) -> None:
    logging.ban("sshd", [parse_network("203.0.113.7")])
    look()
    memory = logging.fail2ban
    now = int(timezone.now().timestamp() * 1000)
    held = memory._jails["sshd"].banned.copy()
    Cursor.objects.update(context={})  # the jails are to be asked
    Ban.objects.update(banned_at=timezone.now() - timedelta(hours=1))
    memory._jails["sshd"].banned.clear()
    memory.log += [LogEvent("start", now), LogEvent("started", now, "sshd")]
    look()
    memory._jails["sshd"].banned.update(held)
    assert ends() == [""]


def test_a_ban_told_by_a_clock_years_ahead_is_kept_once_and_dated_by_now(logging: MemoryAgent, look: Look) -> None:
    logging.fail2ban._clock = lambda: time.time() + 300 * 365 * 86_400
    logging.fail2ban.detect("sshd", "203.0.113.7", matches=("a line",))
    assert [look(), look()] == [1, 0]
    assert Ban.objects.get().banned_at <= timezone.now()
    Cursor.objects.update(rowid=0, mark="")  # its rows are read again
    assert look() == 0
    logging.unban("sshd", [parse_network("203.0.113.7")])
    look()
    ban = Ban.objects.get()
    assert ban.lifted_at is not None
    assert ban.banned_at <= ban.lifted_at <= timezone.now()
