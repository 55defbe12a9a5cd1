"""Enforcements that somebody has to confirm, and what becomes of those that nobody does."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.test import Client

from banguard.accounts.models import Person
from banguard.agent.memory import MemoryAgent
from banguard.agent.verbs import BLOCKLIST_JAIL
from banguard.blocklists import tasks
from banguard.blocklists.models import Run, Source, Trial
from banguard.blocklists.services import enforcing, imports, sources, trials
from banguard.blocklists.values import TrialState
from banguard.core.errors import Conflict
from banguard.core.packed import pack_texts
from banguard.servers import services as servers
from tests.blocklists.conftest import LIST, held, run_of
from tests.conftest import Api

pytestmark = pytest.mark.django_db(transaction=True)

Work = Callable[[], int]


@pytest.fixture
def source(for_kernel: Source) -> Source:
    return for_kernel


class Trying:
    """A person's import, whose effects have to be confirmed."""

    def __init__(self, agent: MemoryAgent, source: Source) -> None:
        self.agent, self.source = agent, source
        agent.enforce_networks(pack_texts(["192.0.2.1"]))

    def begin(self) -> Run:
        run = Run.objects.create(source=self.source, asked_by="eve", confirm_within=60)
        imports.run_import(run_id=run.pk)
        return run

    def run_out(self) -> None:
        """As if nobody came for a minute."""
        switch = self.agent.guarded.enforcement.switch
        switch._write(switch.held().number, "armed", 0)
        switch._run_out()


@pytest.fixture
def trying(agent: MemoryAgent, source: Source) -> Trying:
    return Trying(agent, source)


def test_a_persons_import_waits_for_a_confirmation(trying: Trying) -> None:
    run = trying.begin()
    trial = Trial.objects.get()
    assert (trial.run, trial.state, trial.asked_by) == (run, TrialState.ARMED, "eve")
    assert Trial.objects.filter(confirm_by__gt=Now(), confirm_by__lt=Now() + timedelta(seconds=61)).exists()
    assert held(trying.agent) == pack_texts(LIST)


def test_confirmed_it_stays(trying: Trying) -> None:
    trying.begin()
    assert trials.confirm(trial_id=Trial.objects.get().pk, confirmed_by="eve").state == TrialState.KEPT
    tasks.enforce()
    assert held(trying.agent) == pack_texts(LIST)


def test_without_a_confirmation_it_is_taken_back_and_stays_so(trying: Trying) -> None:
    trying.begin()
    trying.run_out()
    assert held(trying.agent) == pack_texts(["192.0.2.1"])
    tasks.enforce()
    tasks.enforce()
    assert Trial.objects.get().state == TrialState.TAKEN_BACK
    assert held(trying.agent) == pack_texts(["192.0.2.1"])


def test_a_confirmation_that_comes_too_late_is_told_so(trying: Trying) -> None:
    trying.begin()
    trying.run_out()
    with pytest.raises(Conflict, match="taken back"):
        trials.confirm(trial_id=Trial.objects.get().pk, confirmed_by="eve")
    assert Trial.objects.get().state == TrialState.TAKEN_BACK


def test_nothing_more_is_enforced_until_somebody_tries_again(trying: Trying, work: Work) -> None:
    trying.begin()
    trying.run_out()
    assert "nobody confirmed" in run_of(trying.source).error
    trials.go_on(trial_id=Trial.objects.get().pk)
    work()
    assert held(trying.agent) == pack_texts(LIST)
    assert [trial.state for trial in Trial.objects.order_by("pk")] == [TrialState.PASSED, TrialState.ARMED]


def test_one_that_changes_nothing_needs_no_confirmation(trying: Trying) -> None:
    run_of(trying.source)
    trying.begin()
    assert Trial.objects.get().state == TrialState.NEEDLESS


def test_the_jail_is_taken_back_too(trying: Trying) -> None:
    sources.change(source_id=trying.source.pk, enforcement="jail")
    trying.begin()
    trying.run_out()
    assert trying.agent.fail2ban.banned(BLOCKLIST_JAIL) == ()


def test_a_changed_protection_is_confirmed_too(trying: Trying, work: Work) -> None:
    run_of(trying.source)
    trials.ask(server=servers.local(), seconds=60, asked_by="eve")
    trying.agent.memory_kernel.reboot()
    work()
    assert Trial.objects.get().state == TrialState.ARMED


def test_schedules_and_the_api_enforce_without(trying: Trying) -> None:
    run_of(trying.source)
    enforcing.compare(server=servers.local())
    assert not Trial.objects.exists()


def test_the_page_asks_and_takes_the_answer(trying: Trying, client: Client, operator: Person) -> None:
    client.force_login(operator)
    run = trying.begin()
    trial = Trial.objects.get()
    assert f"/blocklists/trials/{trial.pk}/" in client.get(f"/blocklists/runs/{run.pk}/").text
    page = client.get(f"/blocklists/trials/{trial.pk}/").text
    assert 'http-equiv="refresh"' in page
    assert "I am still here" in page
    answer = client.post(f"/blocklists/trials/{trial.pk}/confirm/", follow=True)
    assert "stays enforced" in answer.text
    assert Trial.objects.get().state == TrialState.KEPT


def test_the_page_says_when_it_is_too_late_and_offers_another_try(
    trying: Trying, client: Client, operator: Person, work: Work
) -> None:
    client.force_login(operator)
    trying.begin()
    trying.run_out()
    first = Trial.objects.get().pk
    assert "taken back" in client.post(f"/blocklists/trials/{first}/confirm/", follow=True).text
    client.post(f"/blocklists/trials/{first}/again/")
    work()
    assert Trial.objects.latest("pk").state == TrialState.ARMED


def test_the_page_counts_down_without_scripts_too(trying: Trying, client: Client, operator: Person) -> None:
    trying.begin()
    client.force_login(operator)
    shown = client.get(f"/blocklists/trials/{Trial.objects.get().pk}/").content.decode()
    assert re.search(r"Until \d\d:\d\d:\d\d UTC: .*>(0:5\d|1:00)<", shown)


def test_one_that_cannot_begin_says_why_and_is_given_up(trying: Trying, client: Client, operator: Person) -> None:
    trying.agent.memory_kernel.problem = "Operation not permitted"
    trying.begin()
    client.force_login(operator)
    page = f"/blocklists/trials/{Trial.objects.get().pk}/"
    assert "Operation not permitted" in client.get(page).content.decode()
    Trial.objects.update(begun_at=Now() - timedelta(hours=1))
    assert "never enforced" in client.get(page).content.decode()


def test_the_api_confirms_too(trying: Trying, api: Api) -> None:
    trying.begin()
    listed = api.get("/blocklists/trials").json()["data"][0]
    assert (listed["state"], listed["seconds"]) == ("armed", 60)
    assert api.post(f"/blocklists/trials/{listed['id']}/confirm").json()["state"] == "kept"
    assert api.post(f"/blocklists/trials/{listed['id']}/again").status_code == 409
