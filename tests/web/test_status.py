"""The page “Status”: what needs attention stands first, and only that."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models.functions import Now
from django.test import Client
from django.utils import timezone
from django_q.models import OrmQ, Schedule, Task

from banguard import __version__
from banguard.accounts.models import Person
from banguard.agent.memory import MemoryAgent
from banguard.blocklists.models import Enforced, Run, Source
from banguard.core import jobs
from banguard.core.models import Process
from banguard.history.models import Coverage
from banguard.servers import services as servers
from banguard.web import status
from banguard.web.readings import readings

pytestmark = pytest.mark.django_db


@pytest.fixture
def well(agent: MemoryAgent) -> None:
    """A BanGuard whose parts have just told of themselves."""
    servers.record_up(server=servers.local(), status=agent.status())
    for pid, role in enumerate(("web", "worker", "collector")):
        values = {"version": __version__, "started_at": Now(), "seen_at": Now()}
        Process.objects.create(role=role, host="a", pid=pid, **values)


def concerns() -> list[str]:
    return [concern.what for concern in status.overview(now=timezone.now()).concerns]


def test_when_all_is_well_it_says_so(client: Client, viewer: Person, well: None) -> None:
    client.force_login(viewer)
    assert concerns() == []
    assert "All is well" in client.get("/status/").content.decode()


def test_a_new_installation_says_what_is_missing(client: Client, viewer: Person) -> None:
    Schedule.objects.all().delete()
    client.force_login(viewer)
    html = client.get("/status/").content.decode()
    said_of_tables = ("No process has told of itself", "No schedule yet", "No feed yet")
    for said in ("Nobody looks at Fail2ban", "No worker process", *said_of_tables):
        assert said in html


def test_history_that_has_no_log_or_lags_is_named(client: Client, viewer: Person, well: None) -> None:
    client.force_login(viewer)
    times = {"began_at": Now() - timedelta(hours=1), "until": Now() - timedelta(minutes=5)}
    followed = Coverage.objects.create(server=servers.local(), source="file", **times)
    assert concerns() == ["History is behind Fail2ban."]
    assert "behind Fail2ban, from its log" in client.get("/status/").content.decode()
    Coverage.objects.filter(pk=followed.pk).update(source="none", hole="fail2ban.log is a pipe.")
    assert concerns() == ["Nothing of Fail2ban's log can be read."]


def test_a_silent_process_and_an_old_one_are_named(well: None) -> None:
    Process.objects.filter(role="web").update(seen_at=Now() - timedelta(minutes=1))
    Process.objects.filter(role="worker").update(version="0.0.9")
    assert concerns() == [
        "No web process tells of itself.",
        "The web process 0 on a fell silent.",
        "The worker process 1 on a runs another version than this page.",
    ]


def test_a_queue_that_does_not_move_is_named(well: None) -> None:
    jobs.enqueue("banguard.blocklists.tasks.settle")
    assert concerns() == []
    OrmQ.objects.update(lock=timezone.now() - timedelta(minutes=5))
    assert concerns() == ["1 task waits."]


def test_a_schedule_tells_of_its_last_run(client: Client, viewer: Person, well: None) -> None:
    times = {"started": timezone.now(), "stopped": timezone.now()}
    task = Task.objects.create(id="x" * 32, name="n", func="f", success=False, **times)
    Schedule.objects.filter(name="blocklists.settle").update(task=task.id)
    assert concerns() == ["The schedule “blocklists.settle” failed when it last ran."]


def test_a_feed_that_fails_or_stands_still_is_named(well: None) -> None:
    failed, stale, off = (Source.objects.create(name=name, url="https://x.example/") for name in ("f", "s", "off"))
    Run.objects.create(source=failed, state="failed", finished_at=Now())
    Source.objects.filter(pk=stale.pk).update(schedule="*/5 * * * *", created_at=Now() - timedelta(days=1))
    Run.objects.create(source=off, state="failed", finished_at=Now())
    Source.objects.filter(pk=off.pk).update(enabled=False)
    assert concerns() == [
        "The last import of “f” failed.",
        "Nothing was imported from “s” for a long time.",
    ]


def test_a_disk_that_is_nearly_full_is_named(well: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status, "LITTLE_LEFT", 1.1)
    assert concerns() == ["The disk is nearly full."]


def test_hostile_names_are_shown_as_text(client: Client, viewer: Person, well: None) -> None:
    client.force_login(viewer)
    source = Source.objects.create(name="<script>alert(1)</script>", url="https://x.example/")
    Run.objects.create(source=source, state="failed", finished_at=Now())
    Process.objects.update(host="<b>")
    html = client.get("/status/").content.decode()
    assert "<script>alert" not in html
    assert "<b>" not in html


def test_a_hole_in_history_is_named(well: None) -> None:
    values = {"source": "file", "hole": "the log is gone", "began_at": Now(), "until": Now()}
    Coverage.objects.create(server=servers.local(), **values)
    assert concerns() == ["History has a hole of today."]


def test_what_is_enforced_is_shown_and_what_differs_is_named(client: Client, viewer: Person, well: None) -> None:
    values = {"enforcement": "kernel", "backend": "nftables", "networks": 1234, "packets": 5678}
    Enforced.objects.create(server=servers.local(), problem="<b>the table is gone", **values)
    client.force_login(viewer)
    html = client.get("/status/").content.decode()
    assert "1,234" in html
    assert "5,678" in html
    assert "does not block what it should (kernel)" in html
    assert "&lt;b&gt;the table is gone" in html


def test_metrics_tell_of_history_and_of_what_the_kernel_dropped(well: None) -> None:
    values = {"enforcement": "kernel", "backend": "nftables", "networks": 1234, "packets": 5678}
    server = servers.local()
    Enforced.objects.create(server=server, **values)
    Coverage.objects.create(server=server, source="file", began_at=Now(), until=Now() - timedelta(seconds=90))
    told = {one.name: one.value for family in readings() for one in family.samples}
    assert told["banguard_enforced_networks"] == 1234
    assert told["banguard_enforced_dropped_packets_total"] == 5678
    assert told["banguard_history_lag_seconds"] >= 90
    assert told["banguard_history_holes"] == 0
