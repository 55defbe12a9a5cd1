"""What the manuals say is there is there, and what is there they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from banguard.core import errors, locks
from banguard.env import AgentEnvironment, Environment
from banguard.envtypes import ROOT

DOCS = sorted([ROOT / "README.md", *(ROOT / "Docs").glob("*.md")])
DEPLOYMENT = (ROOT / "Docs/Deployment.md").read_text()
SETTINGS = {field.alias for model in (Environment, AgentEnvironment) for field in model.model_fields.values()}


@pytest.mark.parametrize("name", sorted(filter(None, SETTINGS)))
def test_every_setting_is_explained(name: str) -> None:
    assert f"`{name}`" in DEPLOYMENT


def test_no_setting_is_explained_that_is_not_there() -> None:
    named = set(re.findall(r"`((?:BANGUARD|DATABASE)_[A-Z0-9_]+)`", DEPLOYMENT))
    assert named - SETTINGS == set()


def test_every_command_is_explained() -> None:
    ours = {name for name, app in get_commands().items() if app.startswith("banguard.")}
    told = set(re.findall(r"`manage\.py (\w+)", DEPLOYMENT))
    assert ours - told == set()
    assert told - ours - {"migrate", "createcachetable", "collectstatic", "check", "qcluster"} == set()


def test_the_table_of_locks_is_the_one_of_the_code() -> None:
    section = DEPLOYMENT.partition("## Scheduler lock")[2].partition("\n## ")[0]
    told = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", section, re.MULTILINE))
    assert told == {name: lock.guards for name, lock in locks.LOCKS.items()}


def test_every_lock_metric_is_named() -> None:
    source = (ROOT / "banguard/core/lock_metrics.py").read_text()
    for name in [*re.findall(r'"(banguard_lock_\w+)"', source), "banguard_lock_held"]:
        assert f"`{name}`" in DEPLOYMENT


def metrics() -> set[str]:
    """Every metric of ours, by the names that stand in the code."""
    text = "".join(path.read_text() for path in (ROOT / "banguard").rglob("*.py"))
    named = set(
        re.findall(
            r"""(?:Counter|Gauge|Histogram|CounterMetricFamily|GaugeMetricFamily)\(\s*"((?:banguard|f2b)_\w+)""", text
        )
    )
    listed = set(re.findall(r"""^    "((?:banguard|f2b)_\w+)": \(""", text, re.MULTILINE))
    counted = {"banguard_secret_key_uses": "banguard_secret_key_uses_total"}
    return {counted.get(name, name) for name in named | listed}


def test_every_metric_is_explained_and_no_other() -> None:
    manual = (ROOT / "Docs/Observability.md").read_text()
    told = {name for name in re.findall(r"`((?:banguard|f2b)_\w+)`", manual) if not name.endswith("_")}
    assert told == metrics()


def test_alerts_and_dashboard_ask_for_metrics_that_are_there() -> None:
    for place in ("prometheus/banguard.rules.yml", "grafana/banguard.json"):
        asked = set(re.findall(r"\b(?:banguard|f2b)_\w+", (ROOT / "deploy" / place).read_text()))
        assert {name.removesuffix("_bucket") for name in asked} <= metrics()


def test_the_tree_of_errors_is_drawn_as_it_is() -> None:
    drawn = dict(re.findall(r"[|`]-- (\w+) +(\w+)", errors.__doc__ or ""))
    assert drawn == {error.__name__: code for code, error in errors.BY_CODE.items() if code != "internal_error"}


@pytest.mark.parametrize("manual", DOCS, ids=lambda manual: manual.name)
def test_links_lead_somewhere(manual: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", manual.read_text()):
        file, _, anchor = target.partition("#")
        found = manual.parent / file if file else manual
        assert found.exists(), target
        assert not anchor or anchor in anchors(found), target


def anchors(page: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head).strip().lower().replace(" ", "-") for head in heads}


@pytest.mark.parametrize("manual", DOCS, ids=lambda manual: manual.name)
def test_files_that_are_named_are_there(manual: Path) -> None:
    for name in re.findall(r"`((?:banguard|tests|templates|static|script|benchmarks)/[\w./-]+)`", manual.read_text()):
        assert (ROOT / name).exists(), name


def test_the_index_names_every_manual() -> None:
    named = set(re.findall(r"\]\(([\w-]+\.md)\)", (ROOT / "Docs/README.md").read_text()))
    assert named == {page.name for page in (ROOT / "Docs").glob("*.md")} - {"README.md"}
