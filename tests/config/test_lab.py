"""The regex lab: what it refuses, what it must not refuse, and that its counts are Fail2ban's own."""

from __future__ import annotations

import re
import subprocess
import threading
import time
from pathlib import Path

import pytest
from django.test import Client

from banguard.accounts.models import Person
from banguard.agent.memory import MemoryAgent
from banguard.config import lab
from banguard.config.models import Sample
from banguard.config.services import trying
from banguard.core.errors import InvalidInput, RegexInvalid, RegexTimeout
from banguard.fail2ban import origins, trial
from tests.config.catastrophes import ALL
from tests.config.conftest import STOCK
from tests.conftest import Api
from tests.fail2ban.private_server import require_fail2ban

LOGS = Path("/usr/lib/python3/dist-packages/fail2ban/tests/files/logs")
LINE = "2026-11-23 10:00:00 login failed for bob from 192.0.2.7"


def nothing_is_shipped(_: str) -> bool:
    return False


def test_there_are_enough_catastrophes() -> None:
    assert len(set(ALL)) >= 30


@pytest.mark.parametrize("expression", ALL)
def test_a_catastrophe_is_refused_in_time(expression: str) -> None:
    started = time.monotonic()
    with pytest.raises((RegexTimeout, RegexInvalid)):
        lab.check([expression], nothing_is_shipped)
    assert time.monotonic() - started < 20  # on their own they would take years


@pytest.mark.parametrize(
    "expression",
    [
        r"^ login failed for \S+ from <HOST>$",
        r"^Failed (?:password|publickey) for .* from <HOST>(?: port \d+)?(?: ssh\d*)?$",
        r"^<HOST> -.*\"(?:GET|POST) /wp-login\.php.*\" 401 \d+.*$",
        r"^\s*user=<F-USER>[^,]*</F-USER>, rip=<HOST>, method=\w+$",
        r"^(?:error|warning): ((?i)LOGIN|PLAIN) from \[<ADDR>\]:\d{1,5}$",
        r"(?P<who>\w+) (?P=who) <HOST>",
    ],
)
def test_an_ordinary_expression_passes(expression: str) -> None:
    lab.check([expression], nothing_is_shipped)


@pytest.mark.parametrize(
    ("expression", "code"), [("(", "regex_invalid"), ("a" * 1_001, "regex_too_long"), ("^(a+)+$", "regex_timeout")]
)
@pytest.mark.django_db
def test_each_refusal_has_its_code(api: Api, agent: MemoryAgent, expression: str, code: str) -> None:
    for field in ("failregex", "ignoreregex"):
        body = {"failregex": ["^x <HOST>$"], field: [expression], "lines": [LINE]}
        answer = api.post("/config/regex-tests", **body)
        assert (answer.status_code, answer.json()["error_code"]) == (422, code)


def test_what_fail2ban_ships_is_not_refused(agent: MemoryAgent) -> None:
    """Each expression is either harmless by our own trial, or known to be the package's own."""
    for name in origins.names(STOCK, "filter"):
        for option in origins.definition(STOCK, "filter", name).options:
            if option.name.endswith("regex"):
                for line in filter(None, option.settings[-1].written.split("\n")):
                    assert agent.ships_expression(line), (name, line)


@pytest.mark.django_db
def test_a_shipped_expression_that_is_slow_is_tried_all_the_same(api: Api, agent: MemoryAgent) -> None:
    option = next(one for one in origins.definition(STOCK, "filter", "grafana").options if one.name == "failregex")
    slow = next(line for line in option.value.split("\n") if line)
    with pytest.raises(RegexTimeout):
        lab.check([slow], nothing_is_shipped)
    assert api.post("/config/regex-tests", failregex=[slow], lines=[LINE]).status_code == 200


@pytest.mark.django_db
def test_lines_are_told_one_by_one(api: Api, agent: MemoryAgent) -> None:
    answer = api.post(
        "/config/regex-tests",
        failregex=[r"^ nothing <HOST>$", r"^ login failed for <F-USER>\S+</F-USER> from <HOST>$"],
        ignoreregex=["alice"],
        lines=[LINE, LINE.replace("bob", "alice"), "something else", ""],
    ).json()
    assert [answer[name] for name in ("tested", "matched", "ignored", "missed")] == [3, 1, 1, 1]
    matched, ignored, missed = answer["lines"]
    assert (matched["expression"], matched["address"], matched["user"]) == (1, "192.0.2.7", "bob")
    assert matched["time"] is not None
    assert (ignored["outcome"], ignored["expression"]) == ("ignored", 0)
    assert (missed["outcome"], missed["address"]) == ("missed", None)


@pytest.mark.django_db
@pytest.mark.parametrize("body", [{}, {"filter": "sshd", "failregex": ["x <HOST>"]}, {"filter": "../sshd"}])
def test_a_body_that_asks_for_nothing_is_refused(api: Api, agent: MemoryAgent, body: dict[str, object]) -> None:
    assert api.post("/config/regex-tests", lines=[LINE], **body).status_code == 422


@pytest.mark.django_db
def test_a_filter_that_is_not_there_is_not_found(api: Api, agent: MemoryAgent) -> None:
    assert api.post("/config/regex-tests", filter="nosuch", lines=[LINE]).status_code == 404


def logs_of_installed_filters() -> list[Path]:
    return sorted(log for log in LOGS.glob("*") if (STOCK / "filter.d" / f"{log.name}.conf").is_file())


@pytest.mark.parametrize("log", logs_of_installed_filters(), ids=lambda log: log.name)
def test_the_counts_are_those_of_fail2ban_regex(log: Path) -> None:
    require_fail2ban()
    # The tool leaves out a last line without an end.
    lines = log.read_text("utf-8", "ignore").split("\n")[:-1]
    told = trial.run(STOCK, trial.Wanted(log.name, {}, (), ()), lines, {})
    order = ["fail2ban-regex", "-r", "-c", str(STOCK), str(log), log.name]
    said = subprocess.run(order, capture_output=True, text=True, check=True).stdout
    counts = re.search(r"Lines: (\d+) lines, (\d+) ignored, (\d+) matched, (\d+) missed", said)
    assert counts is not None
    assert [told[name] for name in ("tested", "ignored", "matched", "missed")] == [int(one) for one in counts.groups()]


@pytest.mark.django_db(transaction=True)
def test_others_are_answered_while_catastrophes_are_tried(live_server: object, api: Api, agent: MemoryAgent) -> None:
    """Expressions that hung the process would let an answer or two through: the first, and one at the end."""
    assert answers_in_a_storm() > 5


def answers_in_a_storm() -> int:
    """How many came before it was over."""
    answered = 0
    storm = [threading.Thread(target=refuse, args=(one,)) for one in ALL[:4]]
    for thread in storm:
        thread.start()
    client = Client()
    while any(thread.is_alive() for thread in storm):
        assert client.get("/health/live").status_code == 200
        answered += 1
        time.sleep(0.01)
    return answered


def refuse(expression: str) -> None:
    with pytest.raises((RegexTimeout, RegexInvalid)):
        lab.check([expression], nothing_is_shipped)


@pytest.mark.django_db
def test_samples_hold_a_filter_to_what_it_does(agent: MemoryAgent) -> None:
    failed = "Nov 23 10:00:00 host sshd[1]: Failed password for root from 192.0.2.7 port 22 ssh2"
    trying.keep_sample(name="sshd", line=failed, must_match=True, author="ann")
    trying.keep_sample(
        name="sshd", line="Nov 23 10:00:00 host sshd[1]: Server listening", must_match=False, author="ann"
    )
    assert trying.broken_samples(name="sshd", changes=[]) == []
    trying.keep_sample(name="sshd", line=failed, must_match=False, author="ann")
    assert [sample.line for sample in trying.broken_samples(name="sshd", changes=[])] == [failed]


@pytest.mark.django_db
def test_a_sample_is_one_line(agent: MemoryAgent) -> None:
    for line in ("", "a\nb", "x" * 9_000):
        with pytest.raises(InvalidInput):
            trying.keep_sample(name="sshd", line=line, must_match=True, author="ann")


@pytest.mark.django_db
def test_the_page_tries_and_shows(client: Client, administrator: Person, agent: MemoryAgent) -> None:
    client.force_login(administrator)
    body = {"failregex": r"^ login failed for <F-USER>\S+</F-USER> from <HOST>$", "lines": LINE}
    page = client.post("/config/lab/", body).content.decode()
    assert re.findall(r"<mark[^>]*>([^<]+)</mark>", page) == ["bob", "192.0.2.7"]
    answer = client.post("/config/lab/", {**body, "failregex": "("})
    assert answer.status_code == 422
    assert "cannot be used" in answer.content.decode()


@pytest.mark.django_db
def test_samples_are_kept_and_forgotten_on_the_filters_page(
    client: Client, administrator: Person, agent: MemoryAgent
) -> None:
    client.force_login(administrator)
    client.post("/config/filters/sshd/samples/", {"line": LINE, "must_match": "0"})
    sample = Sample.objects.get()
    assert (sample.line, sample.must_match) == (LINE, False)
    assert LINE in client.get("/config/filters/sshd/").content.decode()
    client.post(f"/config/samples/{sample.pk}/forget/")
    assert not Sample.objects.exists()
