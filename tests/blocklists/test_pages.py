"""The pages of blocklists."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from banguard.accounts.models import Person
from banguard.agent.memory import MemoryAgent
from banguard.agent.verbs import Visitors
from banguard.blocklists.models import Enforced, Run, Source
from banguard.blocklists.services import sources
from banguard.blocklists.values import State
from banguard.core.networks import parse_network
from banguard.servers import services as servers
from banguard.servers.models import ProtectedNetwork
from tests.blocklists.conftest import Feed

pytestmark = pytest.mark.django_db

GOOD = {"name": "DROP", "url": "https://example.com/drop.txt", "enforcement": "jail", "schedule": "", "enabled": "on"}


@pytest.fixture
def visitor(client: Client, administrator: Person) -> Client:
    client.force_login(administrator)
    return client


def text(answer: HttpResponse) -> str:
    return answer.content.decode()


def test_without_feeds_the_page_offers_to_add_one(visitor: Client) -> None:
    assert "No feeds yet" in text(visitor.get("/blocklists/"))
    assert visitor.get("/blocklists/add/").status_code == 200


def test_a_feed_is_added_edited_and_removed(visitor: Client) -> None:
    made = visitor.post("/blocklists/add/", GOOD)
    source = Source.objects.get()
    assert made.headers["Location"] == f"/blocklists/sources/{source.pk}/"
    assert "DROP" in text(visitor.get("/blocklists/"))
    form = visitor.get(f"/blocklists/sources/{source.pk}/edit/")
    assert "https://example.com/drop.txt" in text(form)
    visitor.post(f"/blocklists/sources/{source.pk}/edit/", GOOD | {"name": "EDROP", "enabled": ""})
    source.refresh_from_db()
    assert (source.name, source.enabled) == ("EDROP", False)
    assert visitor.get(f"/blocklists/sources/{source.pk}/delete/").status_code == 405
    visitor.post(f"/blocklists/sources/{source.pk}/delete/")
    assert not Source.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"name": ""}, "required"),
        ({"url": "file:///etc/passwd"}, "http or https"),
        ({"url": "https://exa mple.com"}, "valid URL"),
        ({"enforcement": "mars"}, "valid choice"),
        ({"schedule": "0 0 31 2 *"}, "valid choice"),
        ({"name": "x\x00"}, "Null characters"),
        ({"name": "taken"}, "already"),
    ],
)
def test_a_form_that_cannot_be_used_shows_why(visitor: Client, wrong: dict[str, str], told: str) -> None:
    Source.objects.create(name="taken", url="https://example.com/")
    answer = visitor.post("/blocklists/add/", GOOD | wrong)
    assert answer.status_code == 422
    assert told in text(answer)
    assert Source.objects.count() == 1


def test_of_three_ways_to_give_a_list_and_of_choices_none_is_called_optional(visitor: Client) -> None:
    shown = text(visitor.get("/blocklists/add/"))
    shown = shown[shown.index("Address of the list") : shown.index("Format, schedule")]
    assert "one of the three" in shown
    assert shown.count("(optional)") == 1  # the note


def test_an_empty_form_shows_why_too(visitor: Client) -> None:
    answer = visitor.post("/blocklists/add/", {})
    assert answer.status_code == 422
    assert "required" in text(answer)


def test_a_schedule_that_the_api_has_set_survives_the_form(visitor: Client) -> None:
    source = Source.objects.create(name="DROP", url="https://example.com/", schedule="3 3 * * *")
    one = f"/blocklists/sources/{source.pk}/edit/"
    assert "3 3 * * *" in text(visitor.get(one))
    assert visitor.post(one, GOOD | {"schedule": "3 3 * * *"}).status_code == 302
    source.refresh_from_db()
    assert source.schedule == "3 3 * * *"


def test_an_import_is_started_watched_and_listed(
    visitor: Client, agent: MemoryAgent, feed: Feed, source: Source, work: Callable[[], int]
) -> None:
    feed.serve("203.0.113.7", "<b>nonsense</b>")
    started = visitor.post(f"/blocklists/sources/{source.pk}/import/")
    run = f"/blocklists/runs/{Run.objects.get().pk}/"
    assert started.headers["Location"] == run
    assert 'http-equiv="refresh"' in text(visitor.get(run))
    again = visitor.post(f"/blocklists/sources/{source.pk}/import/", follow=True)
    assert "queued already" in text(again)
    work()
    shown = text(visitor.get(run))
    assert "refresh" not in shown
    assert "&lt;b&gt;nonsense&lt;/b&gt;" in shown
    assert "203.0.113.7" not in shown
    assert run in text(visitor.get(f"/blocklists/sources/{source.pk}/"))


def test_lists_of_imports_show_how_far_one_is_and_follow_it(visitor: Client, source: Source) -> None:
    run = Run.objects.create(source=source, state=State.RUNNING, stage="parsing", stage_done=30, stage_whole=120)
    for page in ("/blocklists/", f"/blocklists/sources/{source.pk}/"):
        html = text(visitor.get(page))
        assert "25 %" in html
        assert 'data-every="2000"' in html
    assert f'data-part="run-{source.pk}"' in text(visitor.get("/blocklists/"))
    Run.objects.filter(pk=run.pk).update(state=State.SUCCEEDED)
    for page in ("/blocklists/", f"/blocklists/sources/{source.pk}/"):
        html = text(visitor.get(page))
        assert "<progress" not in html.partition("</main>")[0]
        assert 'data-every="2000"' not in html


@pytest.mark.parametrize("state", list(State))
def test_a_run_is_shown_in_every_state(visitor: Client, source: Source, state: State) -> None:
    run = Run.objects.create(source=source, state=state, stage="enforcing", error="It broke.", to_enforce=0)
    assert "It broke." in text(visitor.get(f"/blocklists/runs/{run.pk}/"))
    for page in ("/", "/blocklists/", f"/blocklists/sources/{source.pk}/"):
        assert visitor.get(page).status_code == 200


def test_the_page_of_a_feed_shows_what_its_back_end_holds_dropped_and_lacks(visitor: Client, source: Source) -> None:
    server = servers.local()
    dropped = {"packets": 1_230, "packets6": 30, "octets": 103_320, "octets6": 2_520}
    row = Enforced.objects.create(server=server, enforcement="jail", networks=7, backend="memory", **dropped)
    Enforced.objects.create(server=server, enforcement="kernel", problem="Operation not permitted")
    shown = text(visitor.get(f"/blocklists/sources/{source.pk}/"))
    assert "1,200 packets, 98.4\xa0KB" in shown
    assert "30 packets, 2.5\xa0KB" in shown
    assert "Operation not permitted" not in shown
    row.problem = "Its firewall lacks 3 of them."
    row.save()
    assert "lacks 3" in text(visitor.get(f"/blocklists/sources/{source.pk}/"))


def test_the_form_says_before_anything_is_tried_that_there_are_no_kernel_sets(
    visitor: Client, agent: MemoryAgent, source: Source
) -> None:
    assert "cannot be used" not in text(visitor.get("/blocklists/add/"))
    agent.memory_kernel.problem = "Operation not permitted"
    for page in ("add/", f"sources/{source.pk}/edit/"):
        shown = text(visitor.get(f"/blocklists/{page}"))
        assert "cannot be used on this machine now: Operation not permitted" in shown


@pytest.mark.parametrize(
    ("enforcement", "networks", "told"),
    [
        ("kernel", 0, "cannot be used on this machine now: Operation not permitted"),
        ("jail", 50_001, "it takes at most 50,000"),
        ("jail", 3_000, "for some 30 seconds it bans attackers only in between"),
        ("jail", 100, ""),
        ("none", 100_000, ""),
    ],
)
def test_a_preview_says_whether_it_can_be_enforced_so(
    visitor: Client, source: Source, enforcement: str, networks: int, told: str
) -> None:
    means = {"enforcement": enforcement, "networks": networks, "seconds": 0, "most": 0, "problem": ""}
    if enforcement == "jail":
        means |= {"seconds": networks // 100, "most": 50_000}
    if enforcement == "kernel":
        means["problem"] = "Operation not permitted"
    run = Run.objects.create(source=source, purpose="preview", state="succeeded", preview={"means": means})
    shown = text(visitor.get(f"/blocklists/runs/{run.pk}/"))
    assert "What it would do" in shown
    assert told in shown
    assert bool(told) == any(words in shown for words in ("cannot be used", "takes at most", "only in between"))


def test_what_is_not_there_is_a_page_that_says_so(visitor: Client) -> None:
    for path in ("sources/999999/", "sources/999999/edit/", "runs/999999/"):
        assert visitor.get(f"/blocklists/{path}").status_code == 404
    for path in ("sources/999999/delete/", "sources/999999/import/"):
        assert visitor.post(f"/blocklists/{path}").status_code == 404


def test_a_stale_page_marker_leads_back(visitor: Client, source: Source) -> None:
    one = f"/blocklists/sources/{source.pk}/"
    assert visitor.get(one, {"cursor": "old"}).headers["Location"] == one


def test_a_feed_of_the_catalogue_is_looked_at_and_then_imported(
    visitor: Client, agent: MemoryAgent, feed: Feed, work: Callable[[], int]
) -> None:
    assert "?feed=ipsum-3" in text(visitor.get("/blocklists/catalogue/"))
    assert "ipsum, level 3" in text(visitor.get("/blocklists/add/?feed=ipsum-3"))
    feed.serve("203.0.113.7")
    looked = visitor.post("/blocklists/add/", GOOD | {"url": feed.url, "preview": "1"})
    work()
    assert "What it would do" in text(visitor.get(looked.headers["Location"]))
    source = Source.objects.get()
    assert (source.enabled, source.held) == (False, 0)
    visitor.post(f"/blocklists/sources/{source.pk}/accept/")
    work()
    assert source.name in text(visitor.get("/blocklists/entries/?ip=203.0.113.7"))
    assert "No list holds it" in text(visitor.get("/blocklists/entries/?ip=203.0.113.8"))
    assert "not an address" in text(visitor.get("/blocklists/entries/?ip=nonsense"))
    assert source.name in text(visitor.get("/blocklists/report/"))


@pytest.fixture
def suspicious(agent: MemoryAgent) -> MemoryAgent:
    """Somebody signed in from what the feed holds."""
    agent.visiting = Visitors(connected=(), signed_in=(parse_network("203.0.113.7"),))
    return agent


@pytest.mark.parametrize("answer", ["accept", "discard"])
def test_what_is_held_is_decided(
    visitor: Client, suspicious: MemoryAgent, feed: Feed, work: Callable[[], int], answer: str
) -> None:
    source = sources.create(name="feed", url=feed.url)
    feed.serve("203.0.113.7")
    visitor.post(f"/blocklists/sources/{source.pk}/import/")
    work()
    run = Run.objects.get()
    assert f"/blocklists/runs/{run.pk}/" in text(visitor.get("/blocklists/"))
    assert "Accept and import" in text(visitor.get(f"/blocklists/runs/{run.pk}/"))
    visitor.post(f"/blocklists/runs/{run.pk}/decide/", {answer: "1"})
    work()
    run.refresh_from_db()
    assert run.state == {"accept": State.SUCCEEDED, "discard": State.FAILED}[answer]


def test_a_network_is_protected_and_let_go(visitor: Client, agent: MemoryAgent) -> None:
    given = {"network": "203.0.113.0/24", "note": "our office"}
    assert visitor.post("/blocklists/protected/add/", given).status_code == 302
    assert visitor.post("/blocklists/protected/add/", given).status_code == 422
    assert "our office" in text(visitor.get("/blocklists/protected/"))
    visitor.post(f"/blocklists/protected/{ProtectedNetwork.objects.get().pk}/delete/")
    assert "our office" not in text(visitor.get("/blocklists/protected/"))


def test_a_list_is_uploaded_or_pasted(visitor: Client) -> None:
    visitor.post(
        "/blocklists/add/",
        {"name": "file", "enforcement": "none", "upload": SimpleUploadedFile("list.txt", b"203.0.113.7")},
    )
    visitor.post("/blocklists/add/", {"name": "text", "enforcement": "none", "text": "203.0.113.7"})
    assert set(Source.objects.values_list("name", "kind")) == {("file", "upload"), ("text", "text")}


def test_a_number_that_may_be_left_empty_says_what_counts_then(visitor: Client) -> None:
    shown = text(visitor.get("/blocklists/add/"))
    assert "(default: 300)" in shown
    assert "(default: UTC)" in shown
    visitor.post("/blocklists/add/", GOOD | {"jitter": "", "grow_percent": ""})
    source = Source.objects.get()
    assert (source.jitter, source.grow_percent, source.zone, source.format) == (300, 100, "UTC", "auto")
    visitor.post(f"/blocklists/sources/{source.pk}/edit/", GOOD | {"jitter": "0", "grow_percent": ""})
    source.refresh_from_db()
    assert (source.jitter, source.grow_percent) == (0, 100)
