"""The pages of history."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from banguard.accounts.models import Person
from banguard.agent.memory import MemoryAgent
from banguard.agent.verbs import BLOCKLIST_JAIL
from banguard.core.networks import parse_network
from banguard.fail2ban.memory import MemoryJail
from banguard.history.models import Ban
from banguard.servers import services as servers

pytestmark = pytest.mark.django_db

Follow = Callable[[], int]


@pytest.fixture
def visitor(client: Client, operator: Person) -> Client:
    client.force_login(operator)
    return client


def text(answer: HttpResponse) -> str:
    return answer.content.decode()


def test_the_list_shows_bans_and_leads_to_each(visitor: Client, agent: MemoryAgent, follow: Follow) -> None:
    agent.fail2ban.detect("sshd", "203.0.113.7", matches=("<script>alert(1)</script>",))
    follow()
    assert "203.0.113.7" in text(visitor.get("/history/"))
    ban = text(visitor.get(f"/history/{Ban.objects.get().pk}/"))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in ban
    assert "<script>alert" not in ban


def test_the_list_turns_round_and_back(visitor: Client, agent: MemoryAgent, follow: Follow) -> None:
    for last in (7, 8):
        agent.fail2ban.detect("sshd", f"203.0.113.{last}")
        follow()
    newest = text(visitor.get("/history/", {"jail": "sshd"}))
    assert newest.index("203.0.113.8</a>") < newest.index("203.0.113.7</a>")
    assert 'aria-sort="descending"><a class="sort" href="?jail=sshd&amp;order=oldest">' in newest
    oldest = text(visitor.get("/history/", {"jail": "sshd", "order": "oldest"}))
    assert oldest.index("203.0.113.7</a>") < oldest.index("203.0.113.8</a>")
    assert 'aria-sort="ascending"><a class="sort" href="?jail=sshd">' in oldest
    assert ('data-panel="live"' in newest, 'data-panel="live"' in oldest) == (True, False)


def test_a_search_narrows_and_says_when_nothing_fits(visitor: Client, agent: MemoryAgent, follow: Follow) -> None:
    agent.fail2ban.detect("sshd", "203.0.113.7")
    agent.fail2ban.detect("nginx", "203.0.113.8")
    follow()
    shown = text(visitor.get("/history/", {"jail": "nginx", "address": "203.0.113.0/24", "state": "active"}))
    assert "203.0.113.8" in shown
    assert "203.0.113.7" not in shown
    assert "No ban fits" in text(visitor.get("/history/", {"jail": "nginx", "origin": "manual"}))


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "yesterday"])
@pytest.mark.parametrize("field", ["since", "until", "at"])
def test_a_moment_that_cannot_be_is_said(visitor: Client, field: str, moment: str) -> None:
    page = visitor.get("/history/", {field: moment})
    assert page.status_code == 200
    assert page.context["form"].errors[field]


@pytest.mark.parametrize("address", ["example.com", "' OR 1=1 --", "\x00", "x" * 5_000, "fe80::1%eth0"])
def test_an_address_that_cannot_be_read_is_told(visitor: Client, address: str) -> None:
    answer = visitor.get("/history/", {"address": address})
    assert answer.status_code == 200
    assert "errorlist" in text(answer)


@pytest.mark.parametrize(
    ("asked", "shown"), [("", ""), ("?jail=sshd", ""), ("?country=DE", " open"), ("?asn=x", " open")]
)
def test_what_is_seldom_asked_is_folded_away_until_it_is(visitor: Client, asked: str, shown: str) -> None:
    assert f'<details class="field seldom"{shown}>' in visitor.get(f"/history/{asked}").content.decode()


def test_countries_are_chosen_by_name(visitor: Client) -> None:
    for number, country in enumerate(("DE", "AT", "")):
        server, at = servers.local(), timezone.now() - timedelta(minutes=number)
        Ban.objects.create(
            server=server, jail="sshd", address="203.0.113.7", origin="jail", banned_at=at, country=country
        )
    shown = visitor.get("/history/").content.decode()
    names = ["Any", "Austria", "Germany", "Unknown"]
    assert re.findall(r">([^<]*)</option>", shown.partition('name="country"')[2].partition("</select>")[0]) == names


def test_an_empty_list_leads_on(visitor: Client, agent: MemoryAgent) -> None:
    assert 'href="/history/">Clear the search</a>' in visitor.get("/history/?jail=nothing").content.decode()


def test_a_jail_without_any_ban_shows_none_rather_than_all(visitor: Client, agent: MemoryAgent, follow: Follow) -> None:
    agent.fail2ban.detect("sshd", "203.0.113.7")
    follow()
    server = servers.local()
    servers.record_up(server=server, status=agent.status())
    servers.record_jails(server=server, jails=agent.jails())
    shown = text(visitor.get("/history/", {"jail": "nginx"}))
    assert "No ban fits" in shown
    assert "errorlist" not in shown


@pytest.mark.parametrize("asked", ["", "jail=sshd&state=active", "address=203.0.113.&order=oldest"])
def test_a_stale_page_marker_leads_back_to_the_first_page_of_the_search(visitor: Client, asked: str) -> None:
    Ban.objects.create(server=servers.local(), jail="sshd", address="203.0.113.7", banned_at="2026-01-01T00:00:00Z")
    answer = visitor.get(f"/history/?{asked}&cursor=old", follow=True)
    assert answer.redirect_chain == [(f"/history/?{asked}", 302)]
    assert "That page belongs to another search" in text(answer)
    assert [str(ban.address) for ban in answer.context["page"].data] == ["203.0.113.7/32"]


@pytest.mark.parametrize(
    ("field", "unreadable"),
    [
        ("address", "example.com"),
        ("since", "yesterday"),
        ("words", "&|"),
        ("asn", "AS1"),
        ("jail", "nobody's"),
        ("range", "7d"),
    ],
)
def test_a_search_that_cannot_be_read_shows_no_bans_and_keeps_what_was_typed(
    visitor: Client, field: str, unreadable: str
) -> None:
    Ban.objects.create(server=servers.local(), jail="sshd", address="203.0.113.7", banned_at="2026-01-01T00:00:00Z")
    given = {"country": "unknown", "until": "2026-02-01T00:00"}
    answer = visitor.get("/history/", given | {field: unreadable})
    assert list(answer.context["form"].errors) == [field]
    assert "This search cannot be read" in (shown := text(answer))
    assert "203.0.113.7" not in shown
    assert 'value="2026-02-01T00:00"' in shown
    assert '<option value="unknown" selected>' in shown


def test_a_page_marker_leads_on(visitor: Client) -> None:
    server = servers.local()
    times = [f"2026-01-01T00:{minute:02}:00Z" for minute in range(30)]
    Ban.objects.bulk_create(
        Ban(server=server, jail="sshd", address=f"203.0.113.{n}", banned_at=at) for n, at in enumerate(times)
    )
    first = visitor.get("/history/")
    second = visitor.get("/history/", {"cursor": first.context["page"].next_cursor})
    assert [len(first.context["page"].data), len(second.context["page"].data)] == [25, 5]


def test_an_unknown_ban_is_a_page_that_says_so(visitor: Client) -> None:
    answer = visitor.get("/history/999999/")
    assert answer.status_code == 404
    assert "no ban with this id" in text(answer)


def test_people_ban_and_unban(visitor: Client, agent: MemoryAgent, follow: Follow) -> None:
    done = visitor.post("/history/ban/", {"addresses": "203.0.113.1, 203.0.113.2\n2001:db8::1", "jail": ""})
    assert done.status_code == 302
    assert len(agent.fail2ban.banned("nginx")) == 3
    follow()
    servers.record_up(server=servers.local(), status=agent.status())
    visitor.post("/history/unban/", {"addresses": "203.0.113.1", "jail": "sshd"})
    assert (len(agent.fail2ban.banned("sshd")), len(agent.fail2ban.banned("nginx"))) == (2, 3)


@pytest.mark.parametrize(
    ("addresses", "told"),
    [
        ("127.0.0.1", "where you are calling from"),
        ("10.0.0.0/8", "special-use"),
        ("example.com", "not an address"),
        ("", "required"),
        (" , ", "between 1 and 1000"),
        (" ".join(f"203.0.{n // 250}.{n % 250}" for n in range(1_001)), "between 1 and 1000"),
    ],
)
def test_a_refused_ban_is_told_on_the_form(visitor: Client, agent: MemoryAgent, addresses: str, told: str) -> None:
    answer = visitor.post("/history/ban/", {"addresses": addresses, "jail": ""})
    assert answer.status_code == 422
    assert told in text(answer)
    assert agent.fail2ban.banned("sshd") == ()


def test_the_field_to_mend_says_so_and_has_the_focus(visitor: Client, agent: MemoryAgent) -> None:
    shown = text(visitor.post("/history/ban/", {"addresses": "zzz", "jail": ""}))
    field = shown[shown.index("<textarea") :].partition(">")[0]
    assert 'aria-invalid="true"' in field
    assert " autofocus" in field
    assert "autofocus" not in text(visitor.get("/history/ban/"))


@pytest.mark.parametrize(
    ("origin", "told"), [("manual", "by hand"), ("blocklist", "a blocklist holds"), ("jail", "Fail2ban told none")]
)
def test_a_ban_without_lines_says_why_in_terms_of_its_origin(visitor: Client, origin: str, told: str) -> None:
    ban = Ban.objects.create(
        server=servers.local(), jail="sshd", address="203.0.113.7", banned_at="2026-01-01T00:00:00Z", origin=origin
    )
    assert told in text(visitor.get(f"/history/{ban.pk}/")).partition("What led to it")[2]


def test_an_empty_post_is_told_too(visitor: Client) -> None:
    answer = visitor.post("/history/ban/", {})
    assert answer.status_code == 422
    assert "required" in text(answer)


def test_a_silent_fail2ban_is_told_on_the_form(visitor: Client, agent: MemoryAgent) -> None:
    agent.fail2ban.running = False
    answer = visitor.post("/history/ban/", {"addresses": "203.0.113.1", "jail": ""})
    assert answer.status_code == 503
    assert "does not answer" in text(answer)


def test_the_blocklists_jail_is_offered_for_unbanning_only(visitor: Client, agent: MemoryAgent) -> None:
    agent.fail2ban.add_jail(MemoryJail(BLOCKLIST_JAIL))
    servers.record_up(server=servers.local(), status=agent.status())
    assert BLOCKLIST_JAIL not in text(visitor.get("/history/ban/"))
    assert BLOCKLIST_JAIL in text(visitor.get("/history/unban/"))


def test_the_dashboard_shows_the_newest(visitor: Client, agent: MemoryAgent, follow: Follow) -> None:
    agent.ban(jail="sshd", addresses=[parse_network("203.0.113.1")])
    follow()
    assert "203.0.113.1" in text(visitor.get("/"))


def test_a_ban_whose_end_nobody_tells_is_said_to_have_ended_and_no_more(visitor: Client) -> None:
    at = timezone.now() - timedelta(days=90)
    told = {"server": servers.local(), "jail": "sshd", "origin": "jail", "address": "203.0.113.7", "banned_at": at}
    ban = Ban.objects.create(**told, lifted_at=at, lift_reason="unknown")
    shown = text(visitor.get(f"/history/{ban.pk}/"))
    assert ">ended</span>" in shown
    assert "after 0" not in shown
