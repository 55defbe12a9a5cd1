"""What lists want, brought to the kernel's sets and to Fail2ban's jail, and back when nobody confirms it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from banguard.agent.memory import MemoryAgent
from banguard.agent.verbs import BLOCKLIST_JAIL, Machine
from banguard.blocklists import enforce_jail, enforce_kernel, tasks
from banguard.blocklists.models import Enforced, Run, Source
from banguard.blocklists.services import sources
from banguard.blocklists.values import Enforcement, Stage, State
from banguard.core import locks, networks, ranges
from banguard.core.errors import LockLost
from banguard.core.networks import parse_network
from banguard.core.packed import Packed, check, pack_texts
from banguard.servers import services as servers
from tests.blocklists.conftest import LIST, Feed, held, run_of

pytestmark = pytest.mark.django_db(transaction=True)

Work = Callable[[], int]


@pytest.fixture
def source(for_kernel: Source) -> Source:
    return for_kernel


def row(enforcement: Enforcement = Enforcement.KERNEL) -> Enforced:
    return Enforced.objects.get(enforcement=enforcement)


def test_a_list_ends_in_the_kernel_and_not_in_the_jail(agent: MemoryAgent, source: Source) -> None:
    run = run_of(source)
    assert (run.state, run.enforced) == (State.SUCCEEDED, 3)
    assert held(agent) == pack_texts(LIST)
    assert BLOCKLIST_JAIL not in agent.fail2ban.jail_names()
    assert (row().networks, row().backend, row().problem) == (3, "memory", "")


def test_a_first_list_for_the_kernel_does_not_wait_for_a_silent_fail2ban(agent: MemoryAgent, source: Source) -> None:
    agent.fail2ban.running = False
    run = run_of(source)
    assert (run.state, run.error, held(agent)) == (State.SUCCEEDED, "", pack_texts(LIST))


def test_what_is_as_wanted_is_not_touched_again(agent: MemoryAgent, source: Source) -> None:
    run_of(source)
    tasks.enforce()
    assert run_of(source).state == State.UNCHANGED
    assert agent.memory_kernel.replaced == 1


def test_an_import_that_waits_is_told_how_far_whoever_enforces_is(agent: MemoryAgent, source: Source) -> None:
    run_of(source)
    agent.memory_kernel.reboot()
    waiting = Run.objects.create(source=source, state=State.RUNNING, stage=Stage.ENFORCE)
    tasks.enforce()
    waiting.refresh_from_db()
    assert (waiting.done_enforcing, waiting.to_enforce) == (3, 3)


def test_after_a_restart_of_the_machine_it_is_put_back(agent: MemoryAgent, source: Source) -> None:
    run_of(source)
    agent.memory_kernel.reboot()
    tasks.enforce()
    assert held(agent) == pack_texts(LIST)


def test_what_a_hand_put_in_is_put_out(agent: MemoryAgent, source: Source) -> None:
    run_of(source)
    agent.memory_kernel.replace(pack_texts(["192.0.2.1"]))
    tasks.enforce()
    assert held(agent) == pack_texts(LIST)


def test_the_last_list_that_goes_takes_the_sets_with_it(agent: MemoryAgent, source: Source, work: Work) -> None:
    run_of(source)
    sources.delete(source_id=source.pk)
    work()
    assert not agent.memory_kernel.found().in_force


def test_a_list_may_move_from_one_place_to_the_other(agent: MemoryAgent, source: Source, work: Work) -> None:
    run_of(source)
    sources.change(source_id=source.pk, enforcement="jail")
    work()
    assert set(agent.fail2ban.banned(BLOCKLIST_JAIL)) == set(LIST)
    assert not agent.memory_kernel.found().in_force


def test_what_the_machine_lives_by_is_cut_out(agent: MemoryAgent, source: Source) -> None:
    agent.surroundings = Machine(own=(parse_network("203.0.113.128"),), gateways=(), resolvers=())
    run_of(source)
    spans = networks.union(span for text in LIST[:2] for span in [networks.span_of(parse_network(text))])
    without = networks.subtract(spans, [networks.span_of(parse_network("203.0.113.128"))])
    assert {4: without} == {4: networks.union(check_spans(held(agent)))}


def check_spans(found: Packed) -> list[tuple[int, int]]:
    return [networks.span_of(parse_network(text)) for text in enforce_jail._texts(check(Packed(v4=found.v4)))]


def test_where_the_kernel_keeps_no_sets_the_run_fails_and_says_why(agent: MemoryAgent, source: Source) -> None:
    agent.memory_kernel.problem = "iptables: Operation not permitted"
    run = run_of(source)
    assert (run.state, run.error_code) == (State.FAILED, "firewall_unavailable")
    assert "not permitted" in run.error
    assert row().problem == run.error


def test_a_kernel_without_sets_does_not_keep_the_jail_from_its_work(
    agent: MemoryAgent, source: Source, feed: Feed
) -> None:
    agent.memory_kernel.problem = "no"
    sources.change(source_id=source.pk, enforcement="jail")
    assert run_of(source).state == State.SUCCEEDED
    assert set(agent.fail2ban.banned(BLOCKLIST_JAIL)) == set(LIST)


def test_a_fail2ban_that_does_not_run_does_not_keep_the_kernel_from_its_work(
    agent: MemoryAgent, source: Source
) -> None:
    run_of(source)
    agent.fail2ban.running = False
    agent.memory_kernel.reboot()
    tasks.enforce()
    assert held(agent) == pack_texts(LIST)


def test_a_worker_that_lost_its_lock_changes_nothing(agent: MemoryAgent, source: Source) -> None:
    run_of(source)
    server = servers.local()
    with locks.hold(locks.ENFORCE, server.pk) as old:
        fence = old.fence
    with locks.hold(locks.ENFORCE, server.pk) as newer:
        agent.enforce_networks(pack_texts(LIST), fence=newer.fence)
    with pytest.raises(LockLost):
        agent.enforce_networks(Packed(), fence=fence)


def test_while_somebody_enforces_the_comparison_leaves_it_to_them(agent: MemoryAgent, source: Source) -> None:
    with locks.hold(locks.ENFORCE, servers.local().pk):
        tasks.enforce()
    assert not Enforced.objects.exists()


def test_the_firewall_is_compared_with_what_fail2ban_counts(agent: MemoryAgent, source: Source) -> None:
    sources.change(source_id=source.pk, enforcement="jail")
    agent.in_firewall = pack_texts(["198.51.100.7", "192.0.2.99"])
    run_of(source)
    problem = row(Enforcement.JAIL).problem
    assert "does not hold 2" in problem
    assert "still holds 1" in problem


def test_packing_gives_what_texts_give() -> None:
    found = ranges.split(ranges.union(ranges.of_networks(parse_network(text) for text in LIST)))
    assert enforce_kernel.pack(found) == pack_texts(LIST)
