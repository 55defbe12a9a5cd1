"""``compose.yaml`` and the Dockerfile, read by their own tools; its steps, carried out in a clean folder."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from banguard.env import AgentEnvironment, Environment
from banguard.envtypes import ROOT
from tests.deploy.conftest import answers
from tests.deploy.dockerfile import Builder, Stage, stages
from tests.outside.conftest import free_port, require
from tests.waiting import wait_until

DOCKERFILE = (ROOT / "Dockerfile").read_text()
STAGES = stages(DOCKERFILE)
POWER = {
    "agent": {"NET_ADMIN", "NET_RAW", "CHOWN", "SETUID", "SETGID", "KILL", "DAC_OVERRIDE", "FOWNER"},
    "fail2ban": {"NET_ADMIN", "NET_RAW", "DAC_READ_SEARCH"},
}


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """What compose itself understands of ``compose.yaml``."""
    program = shutil.which("docker-compose")
    require(program, "docker-compose")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BANGUARD_")}
    command = [str(program), "-f", str(ROOT / "compose.yaml"), "config"]
    done = subprocess.run(command, check=False, env=kept, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return dict(yaml.safe_load(done.stdout)["services"])


def test_compose_runs_all_parts(services: dict[str, Any]) -> None:
    assert set(services) == {"web", "worker", "collector", "migrate", "database", "agent", "fail2ban"}
    assert services["fail2ban"]["profiles"] == ["fail2ban"]


def test_nothing_has_more_power_than_it_needs(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert not service.get("privileged"), name
        if name == "database":
            continue  # PostgreSQL's own image, which drops root by itself
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert set(service.get("cap_add", [])) == POWER.get(name, set()), name
        assert service["security_opt"] == ["no-new-privileges:true"], name


def test_the_database_and_the_agent_listen_to_nobody_outside(services: dict[str, Any]) -> None:
    assert [name for name, service in services.items() if service.get("ports")] == ["web"]
    assert list(services["database"]["networks"]) == ["inside"]
    assert "127.0.0.1:8000" in str(services["web"]["ports"])


def test_no_secret_stands_in_it_and_every_setting_is_one(services: dict[str, Any]) -> None:
    known = {field.alias for model in (Environment, AgentEnvironment) for field in model.model_fields.values()}
    for name in ("web", "worker", "collector", "migrate", "agent"):
        for variable in services[name]["environment"]:
            assert variable.removesuffix("_FILE") in known | {"PROMETHEUS_MULTIPROC_DIR"}, variable
    assert "PASSWORD:" not in (ROOT / "compose.yaml").read_text()


def test_every_base_is_pinned_by_its_digest() -> None:
    images = re.findall(r"image: (\S+/?\S+:\S+)", (ROOT / "compose.yaml").read_text())
    bases = re.findall(r"^ARG PYTHON=(\S+)", DOCKERFILE, re.MULTILINE)
    assert len(bases) == 1
    for image in [*images, *bases]:
        assert re.search(r"@sha256:[0-9a-f]{64}$", image), image


def test_only_what_is_copied_goes_to_the_builder() -> None:
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    named = {source for sources in copied for source in sources.split()}
    assert {source if source in sent else str(Path(source).parent) for source in named} == sent


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Builder]:
    """The stages up to the files that the image holds."""
    require(os.geteuid() == 0, "Root, for mount namespaces,")
    place = tmp_path_factory.mktemp("image")
    for folder in (place, *place.parents[:2]):
        folder.chmod(0o755)  # the image's user must get there
    builder = Builder(ROOT, place)
    builder.build(STAGES["packages"])
    builder.build(STAGES["assets"], onto="packages")
    yield builder
    shutil.rmtree(place, ignore_errors=True)


def test_the_image_holds_what_it_needs_and_no_more(built: Builder) -> None:
    app = built.place / "assets" / "app"
    ours = {"banguard", "locale", "manage.py", "static", "templates", "var", ".venv"}
    lists = {"requirements.txt", "package.json", "package-lock.json"}
    assert {path.name for path in app.iterdir()} == ours | lists
    assert json.loads((app / "var/static/staticfiles.json").read_text())["paths"]["css/site.css"]
    assert list((app / "var/static/vendor").rglob("*.css"))
    assert not list((app / ".venv/bin").glob("pip*"))


def test_it_serves_as_an_ordinary_user_who_can_write_nothing(built: Builder) -> None:
    image = STAGES["banguard"]
    user = int(image.last("USER").split(":")[0])
    port, stage = free_port(), Stage("assets")
    command = json.loads(image.last("CMD"))
    command[-1] = f"127.0.0.1:{port}"
    built.environment |= {"PATH": f"/app/.venv/bin:{built.environment['PATH']}", "PYTHONDONTWRITEBYTECODE": "1"}
    built.environment |= {"BANGUARD_SECRET_KEYS": "none", "BANGUARD_AGENT_SOCKET": "/run/banguard/agent.sock"}
    process = built.run(stage, command, user=user, mode="ro")
    try:
        wait_until(lambda: answers(f"http://127.0.0.1:{port}/health/live"), 30, "the image does not serve")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in", timeout=60) as page:
            style = re.search(r"/static/css/site\.\w+\.css", page.read().decode())
        assert style is not None
        assert answers(f"http://127.0.0.1:{port}{style[0]}")
    finally:
        process.terminate()
        process.communicate(timeout=30)
    tried = built.run(stage, ["touch", "/app/banguard/new"], user=user, mode="ro")
    assert "touch" in tried.communicate(timeout=30)[0]
    assert tried.returncode != 0


def test_the_health_check_is_a_program_that_runs() -> None:
    for name in ("banguard", "agent"):
        check = STAGES[name].last("HEALTHCHECK")
        program = json.loads(check[check.index("[") :])
        compile(program[2], name, "exec")
