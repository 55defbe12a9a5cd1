"""A real Fail2ban, and everything around the collector broken: history equals what was done."""

from __future__ import annotations

from benchmarks.collecting import campaign
from benchmarks.collecting.campaign import Plan
from tests.fail2ban.private_server import require_fail2ban

PLAN = Plan(addresses=250, seconds=20, collectors=2, seed=20_261_125)


def test_nothing_is_lost_doubled_or_ended_wrongly() -> None:
    require_fail2ban()
    report = campaign.run(PLAN, lambda _fault: None)
    verdict = report.verdict
    assert (verdict.lost, verdict.doubled, verdict.wrong_ends) == (0, 0, 0), verdict.examples
    assert verdict.bans >= PLAN.addresses
    assert max(report.takeovers, default=0) < 15
    assert max(report.stopped_in) < 25
