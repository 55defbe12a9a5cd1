"""Imports from end to end: a feed on this machine, PostgreSQL, and a Fail2ban in memory behind the real agent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from banguard.agent.memory import MemoryAgent
from banguard.agent.verbs import BLOCKLIST_JAIL, Machine
from banguard.blocklists import enforce_jail, tasks
from banguard.blocklists.models import Entry, Source
from banguard.blocklists.services import sources
from banguard.blocklists.values import State
from banguard.core import locks
from banguard.core.networks import parse_network, text_of
from banguard.history import services as history
from banguard.history.models import Ban
from banguard.servers import services as servers
from tests.blocklists.conftest import Feed, blocked, run_of

pytestmark = pytest.mark.django_db(transaction=True)

Work = Callable[[], int]


def follow() -> None:
    server = servers.local()
    with locks.hold(locks.COLLECT, server.pk) as held:
        history.follow(server=server, held=held)


def active() -> set[str]:
    return {text_of(ban.address) for ban in Ban.objects.filter(lifted_at=None)}


def test_the_first_import_blocks_and_the_second_finds_nothing_to_do(
    agent: MemoryAgent, feed: Feed, source: Source
) -> None:
    feed.serve("# a list", "203.0.113.0/25", "203.0.113.128/25", "2001:db8::1", "2001:db8::1", "10.0.0.1", "nonsense")
    first = run_of(source)
    assert (first.state, first.stage, first.error) == (State.SUCCEEDED, "done", "")
    assert (first.entries_read, first.entries_rejected, first.entries_merged) == (5, 1, 3)
    assert (first.added, first.removed, first.protected, first.enforced) == (3, 0, 1, 2)
    assert first.samples == [{"line": 7, "text": "nonsense", "reason": first.samples[0]["reason"]}]
    assert first.started_at is not None
    assert first.finished_at is not None
    assert blocked(agent) == {"203.0.113.0/24", "2001:db8::1"}
    second = run_of(source)
    assert (second.state, second.added, second.removed, second.enforced) == (State.UNCHANGED, 0, 0, 2)


def test_not_modified_is_unchanged_and_still_enforces(agent: MemoryAgent, feed: Feed, source: Source) -> None:
    feed.serve("203.0.113.7", ETag='"one"')
    run_of(source)
    feed.serve(status=304)
    assert (run_of(source).state, feed.seen[-1]["If-None-Match"]) == (State.UNCHANGED, '"one"')
    agent.fail2ban.unban(BLOCKLIST_JAIL, [parse_network("203.0.113.7")])
    again = run_of(source)
    assert (again.state, again.http_status, again.enforced) == (State.SUCCEEDED, 304, 1)


def test_another_address_is_not_asked_with_the_old_validators(agent: MemoryAgent, feed: Feed, source: Source) -> None:
    feed.serve("203.0.113.7", ETag='"one"', Last_Modified="Thu, 01 Jan 2026 00:00:00 GMT")
    run_of(source)
    sources.change(source_id=source.pk, url=feed.url + "?other")
    run_of(source)
    assert not {"If-None-Match", "If-Modified-Since"} & set(feed.seen[-1])


def test_what_a_list_drops_is_let_go_and_history_says_why(agent: MemoryAgent, feed: Feed, source: Source) -> None:
    feed.serve("203.0.113.7", "203.0.113.9", "198.51.100.0/24")
    run_of(source)
    follow()
    feed.serve("203.0.113.9")
    second = run_of(source)
    assert (second.state, second.added, second.removed) == (State.SUCCEEDED, 0, 2)
    assert (blocked(agent), active()) == ({"203.0.113.9"}, {"203.0.113.9"})
    assert set(Ban.objects.exclude(lifted_at=None).values_list("lift_reason", flat=True)) == {"blocklist"}


def test_what_the_machine_lives_by_is_never_banned(agent: MemoryAgent, feed: Feed, source: Source) -> None:
    own, gateway, resolver = map(parse_network, ("203.0.113.5", "2001:db8::1", "198.51.100.53"))
    agent.surroundings = Machine(own=(own,), gateways=(gateway,), resolvers=(resolver,))
    feed.serve("203.0.113.4/31", "2001:db8::1", "198.51.100.53", "127.0.0.1", "192.168.0.0/16")
    run = run_of(source)
    assert blocked(agent) == {"203.0.113.4"}
    assert (run.entries_merged, run.protected, run.enforced) == (5, 5, 1)


def test_an_address_that_becomes_the_machines_own_is_let_go(agent: MemoryAgent, feed: Feed, source: Source) -> None:
    feed.serve("203.0.113.4/31")
    run_of(source)
    agent.surroundings = Machine(own=(parse_network("203.0.113.5"),), gateways=(), resolvers=())
    assert run_of(source).state == State.SUCCEEDED
    assert blocked(agent) == {"203.0.113.4"}


def test_an_address_leaves_only_with_the_last_list_that_holds_it(
    agent: MemoryAgent, feed: Feed, source: Source, work: Work
) -> None:
    feed.serve("203.0.113.1", "203.0.113.2")
    run_of(source)
    feed.serve("203.0.113.2", "203.0.113.3")
    other = sources.create(name="other", url=feed.url + "?other")
    run_of(other)
    feed.serve("203.0.113.1")
    run_of(source)
    assert blocked(agent) == {"203.0.113.1", "203.0.113.2/31"}
    sources.delete(source_id=other.pk)
    work()
    assert blocked(agent) == {"203.0.113.1"}


@pytest.mark.parametrize("change", [{"enabled": False}, {"enforcement": "none"}])
def test_a_source_that_is_put_aside_lets_go_and_comes_back(
    agent: MemoryAgent, feed: Feed, source: Source, work: Work, change: dict[str, object]
) -> None:
    feed.serve("203.0.113.1")
    run_of(source)
    sources.change(source_id=source.pk, **change)
    work()
    assert blocked(agent) == set()
    sources.change(source_id=source.pk, enabled=True, enforcement="jail")
    work()
    assert blocked(agent) == {"203.0.113.1"}


def test_a_source_that_is_only_kept_touches_no_fail2ban(agent: MemoryAgent, feed: Feed, work: Work) -> None:
    feed.serve("203.0.113.1")
    kept = sources.create(name="kept", url=feed.url, enforcement="none")
    assert (run_of(kept).state, run_of(kept).state) == (State.SUCCEEDED, State.UNCHANGED)
    sources.delete(source_id=kept.pk)
    work()
    assert BLOCKLIST_JAIL not in agent.fail2ban.jail_names()


def test_letting_go_is_tried_again_until_fail2ban_answers(
    agent: MemoryAgent, feed: Feed, source: Source, work: Work
) -> None:
    feed.serve("203.0.113.1")
    run_of(source)
    agent.fail2ban.running = False
    sources.delete(source_id=source.pk)
    work()
    agent.fail2ban.running = True
    tasks.enforce()
    assert blocked(agent) == set()


def test_history_learns_what_was_let_go_behind_its_back(agent: MemoryAgent, feed: Feed, source: Source) -> None:
    feed.serve("203.0.113.1", "203.0.113.2")
    run_of(source)
    follow()
    agent.fail2ban.unban(BLOCKLIST_JAIL, [parse_network("203.0.113.1")])
    feed.serve("203.0.113.2")
    run_of(source)
    assert active() == {"203.0.113.2"}


def test_what_does_not_belong_into_the_jail_is_put_out(agent: MemoryAgent, feed: Feed, source: Source) -> None:
    feed.serve("203.0.113.1")
    run_of(source)
    agent.fail2ban.ban(BLOCKLIST_JAIL, [parse_network("198.51.100.1")])
    assert run_of(source).state == State.SUCCEEDED
    assert blocked(agent) == {"203.0.113.1"}


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"status": 404}, "feed_unreachable"),
        ({"status": 500}, "feed_unreachable"),
        ({"body": b"<html>"}, "feed_unreadable"),
        ({"body": b""}, "feed_empty"),
        ({"body": b'{"errors": []}'}, "feed_unreadable"),
        ({"status": 302, "Location": "http://169.254.169.254/"}, "feed_address_forbidden"),
    ],
)
def test_a_feed_that_fails_leaves_everything_as_it_was(
    agent: MemoryAgent, feed: Feed, source: Source, answer: dict[str, Any], code: str
) -> None:
    feed.serve("203.0.113.1", ETag='"one"')
    run_of(source)
    feed.serve(**answer)
    failed = run_of(source)
    assert (failed.state, failed.error_code) == (State.FAILED, code)
    assert failed.error
    assert failed.finished_at
    assert (blocked(agent), Entry.objects.count()) == ({"203.0.113.1"}, 1)
    source.refresh_from_db()
    assert source.etag == '"one"'


def test_a_silent_fail2ban_fails_the_run_and_the_next_one_converges(
    agent: MemoryAgent, feed: Feed, source: Source
) -> None:
    feed.serve("203.0.113.1", ETag='"one"')
    agent.fail2ban.running = False
    failed = run_of(source)
    assert (failed.state, failed.stage, failed.error_code) == (State.FAILED, "enforcing", "fail2ban_unreachable")
    agent.fail2ban.running = True
    feed.serve(status=304)
    assert (run_of(source).state, blocked(agent)) == (State.SUCCEEDED, {"203.0.113.1"})


def test_nothing_is_blocked_while_the_machines_own_addresses_are_unknown(
    feed: Feed, source: Source, settings: Any, tmp_path: Any
) -> None:
    settings.AGENT_SOCKET = tmp_path / "nobody"
    feed.serve("203.0.113.1")
    failed = run_of(source)
    assert (failed.state, failed.error_code) == (State.FAILED, "agent_unreachable")


def test_a_line_with_a_nul_is_a_sample_like_any_other(agent: MemoryAgent, feed: Feed, source: Source) -> None:
    feed.serve(*["203.0.113.1"] * 500, "203.0.113.2\x00")
    run = run_of(source)
    assert (run.state, run.entries_rejected, run.samples[0]["text"]) == (
        State.SUCCEEDED,
        1,
        "203.0.113.2\N{REPLACEMENT CHARACTER}",
    )


def test_too_much_for_a_jail_is_told_and_stored(agent: MemoryAgent, feed: Feed, source: Source, work: Work) -> None:
    feed.serve(
        *(f"203.{n // 250 % 250}.{n % 250}.{2 * (n // 62_500)}" for n in range(0, 2 * enforce_jail.MOST, 2)),
        "198.51.100.1",
    )
    failed = run_of(source)
    assert (failed.state, failed.error_code, failed.stage) == (State.FAILED, "feed_too_large", "enforcing")
