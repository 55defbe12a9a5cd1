"""One row for each ban, however many witnesses tell of it, and the right end for each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from banguard.agent.verbs import BLOCKLIST_JAIL, LogEvent
from banguard.core.networks import parse_network
from banguard.fail2ban.values import Kind
from banguard.history import reconcile
from banguard.history.reconcile import Reconciling
from banguard.history.values import Context, LiftReason, Origin, Past, Ticket

T = 1_795_000_000_000  # milliseconds since 1970
ADDRESS = parse_network("192.0.2.1")
HOUR = 3_600


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp((T + seconds * 1000) / 1000, UTC)


def line(
    kind: Kind, seconds: float, *, jail: str = "sshd", until: int | None = None, count: int | None = None
) -> LogEvent:
    named = kind in {"ban", "unban", "restore", "found", "increase"}
    return LogEvent(
        kind=kind, at=T + round(seconds * 1000), jail=jail, address=ADDRESS if named else None, until=until, count=count
    )


def row(seconds: float, ban_time: int = HOUR, failures: int = 5) -> Ticket:
    expires_at = None if ban_time < 0 else at(seconds + ban_time)
    origin = Origin.JAIL if failures else Origin.MANUAL
    return Ticket("sshd", ADDRESS, at(seconds), expires_at, origin, 1, failures, ("a line",) * bool(failures))


def held(seconds: float, ban_time: int = HOUR) -> Ticket:
    """As a jail tells it."""
    return Ticket("sshd", ADDRESS, at(seconds), at(seconds + ban_time), None, 1, 0, ())


def told(*witnesses: LogEvent | Ticket, known: list[Past] | None = None, context: Context | None = None) -> Reconciling:
    story = Reconciling(known or [], context or Context(), {"sshd": HOUR}, {})
    for witness in witnesses:
        story.hear(witness) if isinstance(witness, LogEvent) else story.see(witness)
    return story


def kept(story: Reconciling) -> list[Past]:
    """The next batch finds them so."""
    for past in story.new:
        past.new = past.touched = False
    return [past for some in story._of.values() for past in some]


def ends(story: Reconciling) -> list[tuple[datetime | None, LiftReason | None]]:
    return [(past.lifted_at, past.reason) for past in story.new]


def test_line_row_and_jail_tell_of_one_ban() -> None:
    story = told(line("ban", 2.5), row(0), held(0))
    [past] = story.new
    assert (past.banned_at, past.failed_at, past.expires_at) == (at(2.5), at(0), at(HOUR))
    assert (past.origin, past.failures, past.matches) == (Origin.JAIL, 5, ("a line",))


def test_in_any_order_and_in_any_number_of_batches() -> None:
    for witnesses in ([row(0), line("ban", 2.5), held(0)], [line("ban", 2.5), held(0), row(0)]):
        known: list[Past] = []
        for witness in witnesses:
            known = kept(told(witness, known=known))
        assert len(known) == 1


def test_the_database_rounds_and_the_jail_cuts_off() -> None:
    assert len(told(line("ban", 0.7), row(1), held(0)).new) == 1
    assert len(told(line("ban", 0.7), held(0), row(1)).new) == 1


def test_a_ban_that_is_lifted_and_made_again_within_a_second_is_two() -> None:
    story = told(line("ban", 0.1), line("unban", 0.2), line("ban", 0.2), row(0, failures=0))
    assert ends(story) == [(at(0.2), LiftReason.MANUAL), (None, None)]
    assert [past.failed_at for past in story.new] == [None, at(0)], "the row of the first is gone"


@pytest.mark.parametrize("batches", [1, 2])
def test_of_a_ban_at_a_whole_second_the_one_after_it_is_another(batches: int) -> None:
    """Its line makes it look like a row's, which are dated to the second; the next came in the moment of its end."""
    known = kept(told(line("ban", 0), row(0)))
    heard = [line("unban", 20.406), line("ban", 20.406)]
    if batches > 1:
        known = kept(told(heard.pop(0), known=known))
    story = told(*heard, known=known)
    assert [(past.banned_at, past.open) for past in kept(story)] == [(at(0), False), (at(20.406), True)]


def test_two_bans_within_a_millisecond_are_two() -> None:
    story = told(line("ban", 0), line("unban", 0), line("ban", 0))
    assert len({past.banned_at for past in story.new}) == 2


@pytest.mark.parametrize(("after", "reason"), [(HOUR + 0.2, LiftReason.EXPIRED), (HOUR - 2, LiftReason.MANUAL)])
def test_whether_the_time_was_over_tells_an_expiry(after: float, reason: LiftReason) -> None:
    assert ends(told(line("ban", 0.4), line("unban", after))) == [(at(after), reason)]


def test_a_row_that_comes_late_still_tells_an_expiry() -> None:
    known = kept(told(line("ban", 0.4), line("unban", 60.1)))
    [past] = told(row(0, ban_time=60), known=known).touched
    assert (past.reason, past.lifted_at) == (LiftReason.EXPIRED, at(60.1))


def test_an_increased_ban_ends_when_its_line_says() -> None:
    increase = line("increase", 0.5, until=T // 1000 + 2 * HOUR, count=2)
    [past] = told(line("ban", 0.4), increase, line("unban", HOUR + 1)).new
    assert (past.ban_count, past.expires_at, past.reason) == (2, at(2 * HOUR), LiftReason.MANUAL)


def test_a_flush_is_told_by_the_line_before_it() -> None:
    assert ends(told(line("ban", 0), line("flush", 5), line("unban", 5.2)))[0][1] is LiftReason.FLUSHED
    assert ends(told(line("ban", 0), line("flush", 5), line("unban", 99)))[0][1] is LiftReason.MANUAL


def test_a_stopped_jail_tells_from_when_it_let_go() -> None:
    story = told(line("stopping", 3), line("unban", 4), line("stopped", 4.1))
    assert story.stops == [("sshd", at(3), at(4.1))]


def test_a_ban_that_a_restart_restores_is_the_same_ban() -> None:
    story = told(line("ban", 0), line("shutdown", 9), line("unban", 9.5))
    assert ends(story) == [(at(9.5), LiftReason.SERVER_STOPPED)]
    [past] = told(line("start", 12), line("restore", 13), row(0), known=kept(story), context=story.context).touched
    assert (past.lifted_at, past.reason) == (None, None)


def test_a_ban_that_is_restored_but_was_never_told_of_has_the_jails_asked() -> None:
    context = Context(look=False)
    assert told(line("restore", 1), context=context).new == []
    assert context.look


def test_what_the_blocklists_no_longer_hold_is_not_lifted_by_hand() -> None:
    story = told(line("ban", 0, jail=BLOCKLIST_JAIL), line("unban", 1, jail=BLOCKLIST_JAIL))
    assert [(past.origin, past.reason) for past in story.new] == [(Origin.BLOCKLIST, LiftReason.BLOCKLIST)]


def test_rows_that_are_read_again_belong_to_their_bans() -> None:
    story = told(line("ban", 0.5), line("unban", 61), line("ban", 90.5), row(0, ban_time=60), row(90, ban_time=60))
    again = told(row(0, ban_time=60), row(90, ban_time=60), known=kept(story))
    assert (again.new, again.touched) == ([], [])


def test_a_ban_that_only_a_row_tells_of_lies_between_the_others() -> None:
    known = kept(told(line("ban", 0.5), line("unban", 61), line("ban", 900.5), row(0, ban_time=60), row(900)))
    [past] = told(row(0, ban_time=60), row(300, ban_time=60), row(900), known=known).new
    assert (past.banned_at, past.lifted_at, past.reason) == (at(300), at(360), LiftReason.EXPIRED)


def test_without_a_row_the_failures_found_before_are_its_own() -> None:
    found = [line("found", second, until=T // 1000 + second) for second in (1, 3)]
    [past] = told(*found, line("ban", 3.5)).new
    assert (past.origin, past.failures, past.expires_at) == (Origin.JAIL, 2, at(3 + HOUR))


def test_failures_are_counted_by_jail_and_hour() -> None:
    story = told(line("found", 0), line("found", 1), line("found", HOUR), line("found", 0, jail="nginx"))
    assert sorted(story.failures.values()) == [1, 1, 2]
    assert {hour.minute for _, hour in story.failures} == {0}


def test_our_own_unban_gets_the_time_of_its_line() -> None:
    known = kept(told(line("ban", 0)))
    known[0].end(at(5.9), LiftReason.MANUAL)
    [past] = told(line("unban", 5.2), known=known).touched
    assert past.lifted_at == at(5.2)


@pytest.mark.parametrize(
    ("past", "started", "reason"),
    [
        (Past("sshd", ADDRESS, at(0), at(60)), 0, LiftReason.EXPIRED),
        (Past("sshd", ADDRESS, at(0), None), T + 50_000, LiftReason.SERVER_STOPPED),
        (Past("gone", ADDRESS, at(0), None), 0, LiftReason.JAIL_STOPPED),
        (Past("sshd", ADDRESS, at(0), None), 0, LiftReason.MANUAL),
    ],
)
def test_what_no_jail_holds_any_more_has_ended(past: Past, started: int, reason: LiftReason) -> None:
    other = Past("sshd", parse_network("192.0.2.2"), at(0), None)
    lost = reconcile.gone({("sshd", other.address)}, [past, other], {"sshd"}, started, at(100))
    assert [(one.address, one.reason) for one in lost] == [(ADDRESS, reason)]
    assert lost[0].lifted_at is not None
    assert at(0) < lost[0].lifted_at <= at(100) + timedelta(0)


@pytest.mark.parametrize("witness", [row(0), held(0)])
def test_a_ban_that_was_brought_as_ended_is_taken_up_when_somebody_holds_it(witness: Ticket) -> None:
    brought = Past("sshd", ADDRESS, at(0), at(HOUR), failed_at=at(0), lifted_at=at(0), reason=LiftReason.UNKNOWN)
    story = told(witness, known=[brought])
    assert (story.new, story.touched) == ([], [brought])
    assert brought.open


def test_what_the_blocklists_hold_is_over_only_when_their_jail_is_which_is_not_asked() -> None:
    past = Past(BLOCKLIST_JAIL, ADDRESS, at(0), None)
    assert reconcile.gone(set(), [past], {BLOCKLIST_JAIL}, T + 50_000, at(100)) == []
    assert [one.reason for one in reconcile.gone(set(), [past], {"sshd"}, 0, at(100))] == [LiftReason.JAIL_STOPPED]
