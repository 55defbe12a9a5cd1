"""A short campaign of broken edits on a real Fail2ban; ``script/bench config --edits 200`` does more."""

from __future__ import annotations

import shutil

import pytest

from benchmarks.breakage import campaign
from benchmarks.breakage.edits import KINDS
from benchmarks.breakage.guarded import guarded_machine
from benchmarks.config import figures_of
from tests.outside.conftest import require


@pytest.mark.parametrize("seed", [20])
def test_whatever_happens_the_last_good_configuration_runs(seed: int) -> None:
    require(shutil.which("fail2ban-server"), "Fail2ban")
    told: list[str] = []
    with guarded_machine() as machine:
        outcomes = campaign.run(machine, 14, seed, lambda number, one: told.append(f"{number} {one}"))
    figures = figures_of(outcomes)
    assert (figures["left_broken"], figures["not_restored"]) == (0, 0), "\n".join(told)
    assert len({one.edit.kind for one in outcomes}) >= len(KINDS) // 2
