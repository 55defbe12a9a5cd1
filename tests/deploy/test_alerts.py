"""Each alert fires when it should and never otherwise, by ``promtool test rules``."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from banguard.envtypes import ROOT
from banguard.machine.alerts import RULES
from tests.outside.conftest import require

ALERTS = set(re.findall(r"alert: (\w+)", RULES.read_text()))
Series = dict[str, str]

# A BanGuard that is well, for forty minutes.
WELL: Series = {
    'up{job="banguard", instance="a"}': "1x40",
    "f2b_up": "1x40",
    'banguard_collector_lag_seconds{server="local"}': "1x40",
    'banguard_history_lag_seconds{source="file"}': "2x40",
    "banguard_history_holes": "1x40",
    'banguard_enforced_problem{server="local", enforcement="jail"}': "0x40",
    'banguard_processes{role="web"}': "2x40",
    'banguard_processes{role="worker"}': "1x40",
    'banguard_build_info{version="1"}': "1x40",
    'banguard_source_import_failed{source="feed"}': "0x40",
    'banguard_source_enabled{source="feed"}': "1x40",
    'banguard_source_age_seconds{source="feed"}': "3600x40",
    'banguard_source_planned_seconds{source="feed"}': "3600x40",
    'banguard_source_import_failed{source="off"}': "1x40",  # nobody wants it, so nobody minds
    'banguard_source_enabled{source="off"}': "0x40",
    'banguard_source_age_seconds{source="off"}': "9999999x40",
    'banguard_source_planned_seconds{source="off"}': "3600x40",
    'banguard_source_import_failed{source="asked"}': "0x40",
    'banguard_source_enabled{source="asked"}': "1x40",
    'banguard_source_age_seconds{source="asked"}': "9999999x40",
    'banguard_source_planned_seconds{source="asked"}': "0x40",
    'banguard_revisions{state="broken"}': "1x40",
    'banguard_revisions{state="rolled_back"}': "0+1x40",
    "banguard_tasks_oldest_seconds": "3x40",
    'banguard_tasks_total{task="t", outcome="failed"}': "7x40",
    'banguard_tasks_total{task="t", outcome="succeeded"}': "0+9x40",
    'banguard_lock_lost_total{lock="import"}': "2x40",
    'banguard_http_requests_total{status="2xx"}': "0+1000x40",
    'banguard_http_requests_total{status="5xx"}': "0+10x40",
    'banguard_http_request_seconds_bucket{le="0.5"}': "0+990x40",
    'banguard_http_request_seconds_bucket{le="1"}': "0+995x40",
    'banguard_http_request_seconds_bucket{le="+Inf"}': "0+1000x40",
    'banguard_web_script_errors_total{page="history"}': "3x40",
    'banguard_sign_ins_total{step="password", outcome="failed"}': "0+1x40",
    "banguard_disk_free_bytes": "50x40",
    "banguard_disk_bytes": "100x40",
    "banguard_log_lines_dropped_total": "12x40",
}
# What differs in each alert's case.
ILL: dict[str, Series] = {
    "BanGuardUnreachable": {'up{job="banguard", instance="a"}': "0x40"},
    "Fail2banDown": {"f2b_up": "0x40"},
    "CollectorBehind": {'banguard_collector_lag_seconds{server="local"}': "31+60x40"},
    "HistoryBehind": {'banguard_history_lag_seconds{source="file"}': "61+60x40"},
    "HistoryHasHoles": {"banguard_history_holes": "1x30 2x10"},
    "NotEnforced": {'banguard_enforced_problem{server="local", enforcement="jail"}': "1x40"},
    "ProcessMissing": {'banguard_processes{role="worker"}': "0x40"},
    "VersionsDiffer": {'banguard_build_info{version="2"}': "1x40"},
    "ImportFailed": {'banguard_source_import_failed{source="feed"}': "1x40"},
    "ImportStale": {'banguard_source_age_seconds{source="feed"}': "7801+60x40"},
    "ConfigurationBroken": {'banguard_revisions{state="broken"}': "1x30 2x10"},
    "QueueStuck": {"banguard_tasks_oldest_seconds": "121+60x40"},
    "TasksFail": {'banguard_tasks_total{task="t", outcome="failed"}': "7x30 8x10"},
    "LockLost": {'banguard_lock_lost_total{lock="import"}': "2x30 3x10"},
    "ErrorRate": {'banguard_http_requests_total{status="5xx"}': "0+60x40"},
    "Slow": {'banguard_http_request_seconds_bucket{le="1"}': "0+940x40",
        'banguard_http_request_seconds_bucket{le="0.5"}': "0+940x40",
        'banguard_http_request_seconds_bucket{le="2.5"}': "0+990x40"
    },
    "ScriptErrors": {'banguard_web_script_errors_total{page="history"}': "0+1x40"},
    "GuessedPasswords": {'banguard_sign_ins_total{step="password", outcome="failed"}': "0+5x40"},
    "DiskFull": {"banguard_disk_free_bytes": "9x40"},
    "LogLinesLost": {"banguard_log_lines_dropped_total": "12x30 13x10"},
}  # fmt: skip


def case(name: str, changed: Series) -> dict[str, Any]:
    """At its end only ``name`` fires, by the series that Prometheus itself keeps of alerts."""
    series = [{"series": key, "values": values} for key, values in (WELL | changed).items()]
    firing = 'count by (alertname) (ALERTS{alertstate="firing"})'
    expected = [{"labels": f'{{alertname="{name}"}}', "value": 1}] if changed else []
    asked = {"expr": firing, "eval_time": "38m", "exp_samples": expected}
    return {"name": name, "interval": "1m", "input_series": series, "promql_expr_test": [asked]}


@pytest.mark.parametrize("name", ["all is well", *sorted(ALERTS)])
def test_an_alert_fires_in_its_case_and_not_otherwise(name: str, tmp_path: Path) -> None:
    require(shutil.which("promtool"), "Prometheus")
    file = tmp_path / "case.yml"
    content = {"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": [case(name, ILL.get(name, {}))]}
    file.write_text(json.dumps(content))  # YAML reads it
    done = subprocess.run(["promtool", "test", "rules", file], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_has_its_case_and_its_line_in_the_manual() -> None:
    assert set(ILL) == ALERTS
    manual = (ROOT / "Docs/Observability.md").read_text()
    assert {name for name in re.findall(r"^\| `(\w+)` \|", manual, re.MULTILINE) if name[0].isupper()} == ALERTS
