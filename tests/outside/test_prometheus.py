"""A real Prometheus reads a BanGuard of two web processes, a worker and a collector; a real browser tells it things."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page

from banguard.envtypes import ROOT
from benchmarks.looking.browser import started
from tests.outside.conftest import METRICS_TOKEN, Running, free_port, require
from tests.waiting import wait_until

CONFIGURATION = """
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: [{rules}]
scrape_configs:
  - job_name: banguard
    authorization: {{credentials: "{token}"}}
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""


@dataclass
class Prometheus:
    url: str

    def ask(self, path: str, **query: str) -> Any:
        return requests.get(f"{self.url}/api/v1/{path}", query, timeout=30).json()["data"]

    def value(self, expression: str) -> float | None:
        """Of the first series; None while there is none."""
        found = self.ask("query", query=expression)["result"]
        return float(found[0]["value"][1]) if found else None

    def reaches(self, expression: str, least: float, seconds: float = 90) -> None:
        wait_until(lambda: (self.value(expression) or 0) >= least, seconds, expression)


@pytest.fixture
def prometheus(banguard: Running, tmp_path: Path) -> Iterator[Prometheus]:
    require(shutil.which("prometheus"), "Prometheus")
    rules = ROOT / "deploy/prometheus/banguard.rules.yml"
    (tmp_path / "prometheus.yml").write_text(CONFIGURATION.format(rules=rules, token=METRICS_TOKEN, port=banguard.port))
    port = free_port()
    command = ["prometheus", f"--config.file={tmp_path}/prometheus.yml", f"--storage.tsdb.path={tmp_path}/data"]
    with (tmp_path / "out").open("wb") as out:
        process = subprocess.Popen([*command, f"--web.listen-address=127.0.0.1:{port}"], stdout=out, stderr=out)
    made = Prometheus(f"http://127.0.0.1:{port}")
    try:
        wait_until(lambda: answers(f"{made.url}/-/ready"), 30, "Prometheus did not start")
        yield made
    finally:
        process.kill()
        process.wait()


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).status_code == 200
    except requests.RequestException:
        return False


def test_it_reads_every_process(banguard: Running, prometheus: Prometheus) -> None:
    for _ in range(40):
        answers(f"{banguard.url}/health/live")
    prometheus.reaches('up{job="banguard"}', 1)
    prometheus.reaches('banguard_processes{role="web"}', 2)
    for role in ("worker", "collector"):
        prometheus.reaches(f'banguard_processes{{role="{role}"}}', 1)
    prometheus.reaches('sum(banguard_http_requests_total{route="health-live",status="2xx"})', 40)
    prometheus.reaches('banguard_lock_acquired_total{lock="collect"}', 1)  # the collector's own
    prometheus.reaches('banguard_tasks_total{outcome="succeeded"}', 1, 120)  # the worker's: a schedule each minute
    prometheus.reaches("f2b_up", 1)


def test_its_rules_are_taken_and_it_finds_no_fault_with_the_text(prometheus: Prometheus) -> None:
    prometheus.reaches('up{job="banguard"}', 1)
    groups = prometheus.ask("rules")["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert len(rules) > 10
    assert {rule["health"] for rule in rules} <= {"ok", "unknown"}
    assert prometheus.ask("targets")["activeTargets"][0]["lastError"] == ""


def scraped(banguard: Running) -> str:
    headers = {"Authorization": f"Bearer {METRICS_TOKEN}"}
    return requests.get(f"{banguard.url}/metrics", headers=headers, timeout=30).text


def counted(banguard: Running, series: str) -> float:
    found = re.search(rf"^{re.escape(series)} (\S+)$", scraped(banguard), re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_restarts_make_no_more_files(banguard: Running) -> None:
    folder = banguard.data / "prometheus"
    scraped(banguard)
    before = {path.name for path in folder.iterdir()}
    assert any(name.startswith("counter_") for name in before)
    assert len([name for name in before if name.endswith(".lock")]) <= 12


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def test_a_page_tells_how_it_did(banguard: Running, tab: Page) -> None:
    tab.goto(f"{banguard.url}/sign-in")
    started(tab)
    tab.get_by_label("Username").click()
    tab.keyboard.type("anna")
    tab.wait_for_timeout(500)
    tab.goto("about:blank")
    for vital in ("load", "TTFB", "FCP", "LCP", "INP"):
        series = f'banguard_web_vital_seconds_count{{page="sign-in",vital="{vital}"}}'
        wait_until(lambda series=series: counted(banguard, series) > 0, 15, series)
    assert counted(banguard, 'banguard_web_layout_shift_count{page="sign-in"}') > 0


def test_a_script_error_is_counted_and_told(banguard: Running, tab: Page) -> None:
    series = 'banguard_web_script_errors_total{page="sign-in"}'
    before = counted(banguard, series)
    tab.goto(f"{banguard.url}/sign-in")
    started(tab)
    tab.evaluate("setTimeout(() => { throw new Error('a secret of anna'); })")
    wait_until(lambda: counted(banguard, series) == before + 1, 15, series)
    assert banguard.said("script_error.*sign-in")
    assert not banguard.said("a secret of anna")


def test_a_promise_that_nobody_catches_and_a_call_that_fails_are_counted(banguard: Running, tab: Page) -> None:
    tab.goto(f"{banguard.url}/sign-in")
    started(tab)
    tab.evaluate("() => { Promise.reject(new Error('x')); }")
    tab.evaluate("fetch('/api/v1/bans')")
    tab.wait_for_timeout(300)
    tab.goto("about:blank")
    series = 'banguard_web_api_calls_total{outcome="failed",route="api:list_bans"}'
    wait_until(lambda: counted(banguard, series) >= 1, 15, series)
    assert counted(banguard, 'banguard_web_script_errors_total{page="sign-in"}') >= 1


def test_a_scrape_is_quick(banguard: Running) -> None:
    """``script/bench metrics`` measures it on a quiet machine; this only guards the order of it."""
    times = []
    for _ in range(5):
        begun = time.perf_counter()
        scraped(banguard)
        times.append(time.perf_counter() - begun)
    assert min(times) < 0.5
