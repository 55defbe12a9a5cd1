"""The units of systemd, as systemd itself judges them, and what ``deploy/install`` writes."""

from __future__ import annotations

import configparser
import shutil
import subprocess
from pathlib import Path

import pytest

from banguard.envtypes import ROOT
from banguard.machine import install
from tests.outside.conftest import require

SERVICES = sorted(path.stem for path in (ROOT / "deploy/systemd").glob("*.service"))
WITHOUT_POWER = ["banguard-collector", "banguard-web", "banguard-worker"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The units as they would be laid down for this checkout."""
    require(shutil.which("systemd-analyze"), "systemd-analyze")
    folder = tmp_path_factory.mktemp("units")
    for name, text in install.units(ROOT).items():
        (folder / name).write_text(text)
    return folder


def test_systemd_finds_no_fault(folder: Path) -> None:
    judge = ["systemd-analyze", "verify", *sorted(folder.iterdir())]
    said = subprocess.run(judge, check=False, capture_output=True, text=True, timeout=60)
    ours = [line for line in said.stderr.splitlines() if "banguard" in line]
    assert ours == []


@pytest.mark.parametrize("service", SERVICES)
def test_systemd_calls_it_well_protected(service: str, folder: Path) -> None:
    limit = 15 if service in WITHOUT_POWER else 30  # tenths of systemd's scale from 0 to 10; above 50 is "medium"
    judge = ["systemd-analyze", "security", "--offline=yes", f"--threshold={limit}", folder / f"{service}.service"]
    done = subprocess.run(judge, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout.splitlines()[-1]


@pytest.mark.parametrize("service", WITHOUT_POWER)
def test_only_the_agent_has_power(service: str) -> None:
    unit = section(service)
    assert unit["User"] == "banguard"
    assert unit["CapabilityBoundingSet"] == ""
    assert unit["ProtectSystem"] == "strict"
    assert "/run/fail2ban" in unit["InaccessiblePaths"]
    assert "ReadWritePaths" not in unit


def test_the_agent_writes_only_where_it_must_and_has_no_network() -> None:
    unit = section("banguard-agent")
    assert unit["ReadWritePaths"] == "-/etc/fail2ban -/run/fail2ban"
    assert (
        unit["RestrictAddressFamilies"] == "AF_UNIX AF_NETLINK AF_INET"
    )  # the last one for iptables, which asks with it
    assert unit["IPAddressDeny"] == "any"
    assert len(unit["CapabilityBoundingSet"].split()) == 8  # as Docs/Security.md says
    assert "EnvironmentFile" in unit
    assert "banguard.env" not in unit["EnvironmentFile"]  # it knows neither the database nor the keys


def section(service: str) -> configparser.SectionProxy:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(ROOT / "deploy/systemd" / f"{service}.service")
    return parser["Service"]


def test_settings_are_read_back_as_they_were_written() -> None:
    read = install.settings_of(install.settings_text(Path("/var/lib/banguard")))
    assert read["BANGUARD_DATA_DIR"] == "/var/lib/banguard"
    assert read["DATABASE_URL"].startswith("postgresql://banguard@")
    assert "localhost" in read["BANGUARD_ALLOWED_HOSTS"].split(",")


def test_an_administrators_hand_is_understood() -> None:
    text = "# a remark\n; another\n\nA = 1 \nB=\"two words\"\nC='x'\nnonsense\nD=a=b\n"
    assert install.settings_of(text) == {"A": "1", "B": "two words", "C": "x", "D": "a=b"}


def test_the_command_for_administrators_is_a_script_that_a_shell_understands(tmp_path: Path) -> None:
    script = tmp_path / "banguard-manage"
    script.write_text(install.manage_text(Path("/opt/banguard")))
    subprocess.run(["sh", "-n", script], check=True, timeout=10)
