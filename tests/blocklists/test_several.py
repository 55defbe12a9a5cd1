"""Feeds and protected networks that were selected in their lists: one batch, asked for first, told in one record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_q.models import OrmQ

from banguard.accounts.models import AuditRecord, Person
from banguard.agent.memory import MemoryAgent
from banguard.blocklists.models import Run, Source, Trial
from banguard.blocklists.services import several
from banguard.blocklists.values import State
from banguard.core.errors import NotFound
from banguard.servers import services as servers
from banguard.servers.models import ProtectedNetwork
from tests.blocklists.conftest import Feed

pytestmark = pytest.mark.django_db(transaction=True)

IMPORT, SWITCH = "/blocklists/sources/import/", "/blocklists/sources/switch/"
PROTECTED = "/blocklists/protected/delete/"
HOSTILE = '"><script>alert(1)</script>'


@pytest.fixture
def visitor(client: Client, administrator: Person) -> Client:
    client.force_login(administrator)
    return client


def made(count: int, **values: Any) -> list[int]:
    rows = [Source(name=f"feed {n}", url="https://example.com/", **values) for n in range(count)]
    return [source.pk for source in Source.objects.bulk_create(rows)]


def protected(count: int) -> list[int]:
    rows = [ProtectedNetwork(network=f"203.0.113.{n}", note="ours", created_by="a test") for n in range(count)]
    return [row.pk for row in ProtectedNetwork.objects.bulk_create(rows)]


def text(answer: HttpResponse) -> str:
    return answer.content.decode()


def records(action: str) -> list[str]:
    return list(AuditRecord.objects.filter(action=action, outcome="done").values_list("target", flat=True))


def queries(call: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        call()
    return len(captured)


def test_before_anything_is_done_the_page_says_what_and_with_which(visitor: Client) -> None:
    Source.objects.create(name=HOSTILE, url="https://example.com/")
    ids = [*made(2), Source.objects.get(name=HOSTILE).pk]
    for address, what, said in (
        (SWITCH, "disable", "Disable 3 feeds"),
        (SWITCH, "enable", "Enable 3 feeds"),
        (IMPORT, "", "Import 3 feeds now"),
    ):
        shown = text(visitor.post(address, {"ids": ids, "what": what}))
        assert said in shown
        assert "<bdi>feed 1</bdi>" in shown
        assert f'name="ids" value="{ids[0]}"' in shown
        assert "<script>alert" not in shown
    assert Source.objects.filter(enabled=True).count() == 3
    assert not Run.objects.exists()


def test_feeds_are_disabled_and_enabled_in_one_go(visitor: Client) -> None:
    ids = made(5, schedule="every 2h", due_at=timezone.now())
    answer = visitor.post(SWITCH, {"ids": ids[:4], "what": "disable", "sure": "1"}, follow=True)
    assert "4 feeds are disabled now." in text(answer)
    assert list(Source.objects.filter(enabled=True).values_list("pk", flat=True)) == [ids[4]]
    assert Source.objects.filter(due_at=None).count() == 4
    assert OrmQ.objects.count() == 1  # the server is told once
    visitor.post(SWITCH, {"ids": ids, "what": "enable", "sure": "1"})
    assert Source.objects.filter(enabled=True, due_at__isnull=False).count() == 5
    assert records("source.disable") == ["feed 0, feed 1, feed 2 and 1 more"]
    told = AuditRecord.objects.get(action="source.enable")
    assert told.after == {"changed": ["feed 0", "feed 1", "feed 2", "feed 3"]}


def test_what_is_so_already_is_not_carried_to_the_server() -> None:
    assert several.switch(source_ids=made(2), enabled=True) == 0
    assert not OrmQ.objects.exists()


@pytest.mark.parametrize("count", [3, 30])
def test_many_take_no_more_queries_than_few(count: int) -> None:
    ids, networks = made(count, schedule="every 2h"), protected(count)
    client = Client()
    client.force_login(Person.objects.create_user("anna", role="administrator"))
    assert queries(lambda: several.switch(source_ids=ids, enabled=False)) <= 11
    assert queries(lambda: client.post(PROTECTED, {"ids": networks, "sure": "1"})) <= 24
    assert queries(lambda: client.post(PROTECTED, {"ids": ids})) <= 8


def test_feeds_are_imported_together(visitor: Client, agent: MemoryAgent, feed: Feed, work: Callable[[], int]) -> None:
    feed.serve("203.0.113.7")
    ids = made(3)
    Source.objects.update(url=feed.url)
    assert "3 imports were asked for." in text(visitor.post(IMPORT, {"ids": ids, "sure": "1"}, follow=True))
    assert records("source.import") == ["feed 0, feed 1, feed 2"]
    assert set(Run.objects.values_list("asked_by", flat=True)) == {"administrator"}
    work()
    assert Source.objects.filter(held=1).count() == 3


def test_one_that_cannot_be_imported_now_keeps_no_other_waiting(visitor: Client) -> None:
    free, busy, late = made(3)
    Run.objects.create(source_id=busy, state=State.QUEUED)
    Source.objects.filter(pk=late).update(min_interval=3_600, asked_at=timezone.now())
    shown = text(visitor.post(IMPORT, {"ids": [free, busy, late], "sure": "1"}, follow=True))
    assert "1 import was asked for." in shown
    assert "An import of “feed 1” is queued already." in shown
    assert "The provider of “feed 2” wants 3600 s" in shown
    assert Run.objects.filter(source=free).count() == 1
    assert not Run.objects.filter(source=late).exists()


def test_what_a_preview_brought_is_taken_while_the_provider_wants_time(
    agent: MemoryAgent, feed: Feed, work: Callable[[], int], visitor: Client
) -> None:
    feed.serve("203.0.113.7")
    source = Source.objects.create(name="slow", url=feed.url, min_interval=3_600)
    visitor.post(f"/blocklists/sources/{source.pk}/import/", {"preview": "1"})
    work()
    assert several.request_imports(source_ids=[source.pk], asked_by="anna").count == 1
    work()
    assert Source.objects.get().held == 1
    assert len(feed.seen) == 1


def test_many_reasons_are_told_by_their_number(visitor: Client) -> None:
    ids = made(7)
    Run.objects.bulk_create(Run(source_id=pk, state=State.QUEUED) for pk in ids)
    shown = text(visitor.post(IMPORT, {"ids": ids, "sure": "1"}, follow=True))
    assert shown.count("is queued already.") == 5
    assert "2 more were not started." in shown


def test_protected_networks_are_removed_together(visitor: Client) -> None:
    ids = protected(5)
    shown = text(visitor.post(PROTECTED, {"ids": ids[:4]}))
    assert "Remove 4 protected networks" in shown
    assert "Lists may block them again at once." in shown
    assert ProtectedNetwork.objects.count() == 5
    answer = visitor.post(PROTECTED, {"ids": ids[:4], "sure": "1"}, follow=True)
    assert "4 networks are no longer protected." in text(answer)
    assert ProtectedNetwork.objects.get().pk == ids[4]
    assert records("unprotect") == ["203.0.113.0, 203.0.113.1, 203.0.113.2 and 1 more"]
    assert OrmQ.objects.count() == 1


@pytest.mark.parametrize("address", [IMPORT, SWITCH, PROTECTED, "/config/ignored/heed/"])
@pytest.mark.parametrize("sure", [{}, {"sure": "1"}])
def test_nothing_selected_or_nothing_there_leads_back(visitor: Client, address: str, sure: dict[str, str]) -> None:
    for ids in ([], ["999999999"], ["9" * 18]):
        answer = visitor.post(address, {"ids": ids} | sure, follow=True)
        assert "Nothing was selected that is there." in text(answer)
    assert not AuditRecord.objects.exclude(action__in=("sign_in", "person.create")).exists()


@pytest.mark.parametrize("address", [IMPORT, SWITCH, PROTECTED, "/config/ignored/heed/"])
@pytest.mark.parametrize("hostile", ["1; DROP TABLE", "-1", "\x00", "9" * 30, HOSTILE])
def test_hostile_ids_are_refused(visitor: Client, address: str, hostile: str) -> None:
    answer = visitor.post(address, {"ids": ["1", hostile], "sure": "1", "what": hostile})
    assert answer.status_code == 422
    assert "<script>alert" not in text(answer)


def test_a_service_says_that_nothing_is_there() -> None:
    for call in (
        lambda: several.switch(source_ids=[7], enabled=True),
        lambda: several.request_imports(source_ids=[7], asked_by="anna"),
    ):
        with pytest.raises(NotFound):
            call()


def boxes(client: Client, address: str) -> Sequence[str]:
    shown = text(client.get(address))
    return [form for form in ("these-feeds", "unprotect-these", "heed-these") if f'form="{form}"' in shown]


def test_only_who_may_do_something_is_offered_boxes(client: Client, operator: Person, administrator: Person) -> None:
    made(1)
    protected(1)
    client.force_login(operator)
    assert boxes(client, "/blocklists/") == ["these-feeds"]
    assert "Disable them" not in text(client.get("/blocklists/"))
    assert boxes(client, "/blocklists/protected/") == []
    viewer = Person.objects.create_user("vera", role="viewer")
    client.force_login(viewer)
    assert boxes(client, "/blocklists/") == []
    client.force_login(administrator)
    assert boxes(client, "/blocklists/protected/") == ["unprotect-these"]
    assert "Disable them" in text(client.get("/blocklists/"))


def test_protected_networks_come_in_pages(visitor: Client) -> None:
    protected(101)
    shown = text(visitor.get("/blocklists/protected/"))
    assert "101 networks" in shown
    assert 'data-panel="sort"' not in shown.partition("All that is spared")[0]
    assert visitor.get("/blocklists/protected/", {"cursor": "x"}).headers["Location"] == "/blocklists/protected/"


def test_the_list_says_that_an_enforcement_waits_for_somebody(visitor: Client) -> None:
    assert "still there" not in text(visitor.get("/blocklists/"))
    trial = Trial.objects.create(server=servers.local(), seconds=600, state="armed")
    assert f"/blocklists/trials/{trial.pk}/" in text(visitor.get("/blocklists/"))
    Trial.objects.create(server=servers.local(), seconds=600, state="kept")
    assert "still there" not in text(visitor.get("/blocklists/"))
