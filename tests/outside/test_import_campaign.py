"""A short campaign of killed imports, and a small measurement; ``script/bench import`` does more of both."""

from __future__ import annotations

import argparse
import shutil

from benchmarks import imports
from tests.firewall.namespaces import require_root
from tests.outside.conftest import require


def ran(*words: str) -> dict[str, float | int | str]:
    require_root()
    require(shutil.which("fail2ban-server"), "Fail2ban")
    parser = argparse.ArgumentParser()
    imports.add_options(parser)
    return imports.run(parser.parse_args(words))[0]


def test_after_a_kill_the_next_import_ends_exactly_as_wanted() -> None:
    figures = ran("--entries", "20000", "--jail-entries", "1000", "--kills", "4", "--seed", "7")
    assert (figures["kernel_kills"], figures["kernel_wrong"]) == (4, 0)
    assert (figures["jail_kills"], figures["jail_wrong"]) == (4, 0)


def test_every_figure_is_measured() -> None:
    figures = ran("--entries", "3000", "--jail-entries", "50", "--naive", "5")
    assert figures.keys() >= {*imports.BOUNDS, "naive_speedup", "jail_seconds", "agent_peak_mb"}
    assert (figures["one_percent_added"], float(figures["naive_speedup"]) > 1) == (30, True)
