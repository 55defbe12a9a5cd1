"""Log lines: one shape for whoever writes them, who and what they are about, and no secret in any."""

from __future__ import annotations

import io
import json
import logging
import logging.config
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from django.conf import settings as django_settings
from django.test import Client
from django_q.models import OrmQ
from django_q.signals import post_execute_in_worker, pre_execute
from hypothesis import given
from hypothesis import strategies as st

from banguard import env
from banguard.core import jobs, logs
from banguard.core.masking import MASK, Masking, in_text

GIVEN = {
    "DATABASE_URL": "postgresql://banguard:db%2Fpassword-1@db/banguard",
    "BANGUARD_SECRET_KEYS": "the-secret-key-2",
    "BANGUARD_AGENT_SOCKET": "/run/x",
    "BANGUARD_METRICS_TOKEN": "metrics-token-3",
    "BANGUARD_LOG_SHIPPING_HEADERS": "DD-API-KEY=header-key-4",
    "BANGUARD_OIDC_ISSUER": "https://id.example.org",
    "BANGUARD_OIDC_CLIENT_ID": "banguard",
    "BANGUARD_OIDC_CLIENT_SECRET": "client-secret-5",
}
TOKEN = "bg_" + "t0ken" * 8
OF_SETTINGS = ("db/password-1", "db%2Fpassword-1", "the-secret-key-2", "metrics-token-3", "header-key-4")
SECRETS = (*OF_SETTINGS, "client-secret-5", TOKEN)
Read = Callable[[], str]


@pytest.fixture(params=["json", "console"])
def written(request: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Read]:
    """What stands on stdout once the configuration of a process is in force."""
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    hooks = sys.excepthook, threading.excepthook
    handlers, structured = logging.getLogger().handlers[:], structlog.get_config()
    logs.begin(env.read(env.Environment, GIVEN | {"BANGUARD_LOG_FORMAT": request.param}))
    yield out.getvalue
    logging.captureWarnings(False)
    sys.excepthook, threading.excepthook = hooks
    logging.config.dictConfig(django_settings.LOGGING)
    logging.getLogger().handlers[:] = handlers
    structlog.configure(**structured)


def fail(secret: str) -> None:
    raise ValueError(f"no connection to https://anna:{secret}@db/ with {secret}")


def by_exception(secret: str) -> None:
    try:
        fail(secret)
    except ValueError:
        structlog.get_logger("x").exception("failed")
        logging.getLogger("library").exception("failed with %s", secret)


PATHS: dict[str, Callable[[str], object]] = {
    "our event": lambda s: structlog.get_logger("x").info("happened", text=f"it is {s}"),
    "our event's name": lambda s: structlog.get_logger("x").info(s),
    "a nested field": lambda s: structlog.get_logger("x").info("happened", data={"list": [{"deep": (s,)}], s: 1}),
    "bytes": lambda s: structlog.get_logger("x").info("happened", data=s.encode()),
    "an object": lambda s: structlog.get_logger("x").info("happened", data=Exception(s)),
    "the context": lambda s: [structlog.contextvars.bind_contextvars(seen=s), logging.getLogger("x").info("happened")],
    "a library": lambda s: logging.getLogger("library").warning("to %s and %r", s, {"a": s}),
    "django": lambda s: logging.getLogger("django.request").warning("Not Found: /x?key=%s", s),
    "gunicorn": lambda s: logging.getLogger("gunicorn.error").critical("WORKER TIMEOUT %s", s),
    "django-q2": lambda s: logging.getLogger("django-q").error("Failed task: %s", s),
    "a warning": lambda s: warnings.warn(f"deprecated: {s}", stacklevel=1),
    "an exception": by_exception,
    "a crash": lambda s: sys.excepthook(ValueError, ValueError(s), None),
    "a thread's crash": lambda s: threading.excepthook(
        threading.ExceptHookArgs((ValueError, ValueError(s), None, None))
    ),
}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.filterwarnings("default")
def test_no_secret_comes_through_any_path(written: Read, path: str) -> None:
    for secret in SECRETS:
        PATHS[path](secret)
    structlog.contextvars.clear_contextvars()
    assert MASK in written() or "\\u2022" in written()
    assert [secret for secret in SECRETS if secret in written()] == []


@pytest.mark.parametrize("name", ["password", "Authorization", "cookie", "api_key", "X-Api-Key", "csrf", "set-cookie"])
def test_a_field_with_a_secret_name_is_masked_whatever_it_holds(written: Read, name: str) -> None:
    structlog.get_logger("x").info("happened", **{name: "an unknown value", "headers": {name: "an unknown value"}})
    assert "unknown" not in written()


@pytest.mark.parametrize(
    "text",
    [
        "GET /x?api_key=UNKNOWN HTTP/1.1",
        "GET /x?a=1&access_token=UNKNOWN&b=2",
        "postgresql://me:UNKNOWN@host/db",
        "Authorization: Bearer UNKNOWN1",
        "authorization: Basic UNKNOWN=",
        "{'Authorization': 'ApiKey UNKNOWN'}",
        '{"password": "UNKNOWN", "x": 1}',
        "Cookie: a=1; banguard_session=UNKNOWN; b=UNKNOWN",
        "banguard_session=UNKNOWN",
        "password=UNKNOWN",
        "GET /setup/UNKNOWN-link:x/ HTTP/1.1",
        "GET /welcome/UNKNOWN-link:x/ HTTP/1.1",
        "-----BEGIN RSA PRIVATE KEY-----\nUNKNOWN\n-----END RSA PRIVATE KEY-----",
    ],
)
def test_a_secret_is_known_by_its_shape(text: str) -> None:
    assert "UNKNOWN" not in in_text(text)
    assert MASK in in_text(text)


@pytest.mark.parametrize(
    "text", ["GET /history/?cursor=abc&jail=sshd", "lock token 17", "203.0.113.7 banned in sshd", "10:30:00 done"]
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert in_text(text) == text


def test_numbers_stay_so_that_fences_can_be_followed() -> None:
    assert Masking()(None, "info", {"token": 17, "token_id": 3, "event": "x"}) == {
        "token": 17,
        "token_id": 3,
        "event": "x",
    }


@given(st.text(max_size=200).flatmap(lambda part: st.integers(1, 400).map(lambda times: part * times)))
def test_hostile_text_is_masked_in_no_time_and_without_failing(text: str) -> None:
    assert isinstance(in_text(text), str)


@pytest.mark.parametrize(
    "piece", ["?", "://", "cookie:", "password=", "?key", "Bearer ", "-----BEGIN PRIVATE KEY-----", "a", " ", "bg_"]
)
def test_no_text_keeps_the_masking_busy(piece: str) -> None:
    program = f"from banguard.core.masking import in_text; in_text({piece!r} * (200_000 // len({piece!r})))"
    subprocess.run([sys.executable, "-c", program], timeout=30, check=True, cwd=env.ROOT)


def lines(caplog_text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in caplog_text.splitlines()]


@pytest.mark.parametrize("written", ["json"], indirect=True)
def test_every_line_says_when_what_and_where_it_comes_from(written: Read) -> None:
    structlog.get_logger("ours").info("happened", count=3)
    logging.getLogger("theirs").warning("also %d", 4)
    ours, theirs = lines(written())
    assert (ours["event"], ours["level"], ours["logger"], ours["count"]) == ("happened", "info", "ours", 3)
    assert (theirs["event"], theirs["level"], theirs["logger"]) == ("also 4", "warning", "theirs")
    assert ours["timestamp"].endswith("Z")


@pytest.mark.parametrize("written", ["json"], indirect=True)
@pytest.mark.django_db
def test_a_line_names_request_and_person(written: Read, client: Client, administrator: Any) -> None:
    client.force_login(administrator)
    client.get("/nothing", headers={"x-request-id": "from-the-proxy.1"})
    client.get("/", headers={"x-request-id": "from-the-proxy.2"})
    finished = [line for line in lines(written()) if line["event"] == "request_finished"]
    assert [line["request_id"] for line in finished] == ["from-the-proxy.1", "from-the-proxy.2"]
    assert finished[1]["user_id"] == administrator.pk


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", ["", "a b", "x" * 65, "a\u00e4", "a\nb", "../etc", "<script>", "a;b"])
def test_an_id_that_is_none_is_not_taken_over(client: Client, wrong: str) -> None:
    told = client.get("/health/live", headers={"x-request-id": wrong}).headers["X-Request-ID"]
    assert told != wrong
    assert len(told) == 36


@pytest.mark.django_db
def test_a_well_formed_id_comes_back(client: Client) -> None:
    assert client.get("/health/live", headers={"x-request-id": "abc-1"}).headers["X-Request-ID"] == "abc-1"


def executed(task: dict[str, Any], work: Callable[[], None]) -> None:
    pre_execute.send(sender="test", func=work, task=task)
    work()
    post_execute_in_worker.send(sender="test", func=work, task=task)


@pytest.mark.django_db
def test_a_task_knows_the_request_that_asked_for_it(client: Client, django_capture_on_commit_callbacks: Any) -> None:
    with structlog.contextvars.bound_contextvars(request_id="abc-1"):
        job = jobs.enqueue("banguard.blocklists.tasks.settle")
    task = OrmQ.objects.get().task
    seen: dict[str, Any] = {}
    now = {"success": True, "stopped": task["started"]}
    executed(task | now, lambda: seen.update(structlog.contextvars.get_contextvars()))
    assert (seen["request_id"], seen["job_id"]) == ("abc-1", job)
    assert structlog.contextvars.get_contextvars() == {}


@pytest.mark.parametrize("written", ["json"], indirect=True)
@pytest.mark.django_db
def test_a_task_that_fails_is_told_and_counted(written: Read) -> None:
    jobs.enqueue("banguard.blocklists.tasks.settle")
    task = OrmQ.objects.get().task
    failed = jobs.TASKS.labels("banguard.blocklists.tasks.settle", "failed")
    before = failed._value.get()
    executed(task | {"success": False, "result": "it broke", "stopped": task["started"]}, lambda: None)
    assert failed._value.get() == before + 1
    told = lines(written())[-1]
    assert (told["event"], told["reason"], told["job_id"]) == ("task_failed", "it broke", task["id"])
