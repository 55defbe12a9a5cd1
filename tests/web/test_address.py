"""The page of one address, and ``/api/v1/addresses``."""

from __future__ import annotations

import pytest
from django.test import Client

from banguard.accounts.models import Person
from banguard.blocklists.models import Entry, Source
from banguard.core.networks import parse_network
from banguard.history.models import Ban, BanMatches
from banguard.history.templatetags.matched import parts
from banguard.servers import services as servers
from tests.conftest import Api

LINE = "sshd: Failed password for invalid user <b>eve</b> from 203.0.113.7 port 22"


@pytest.fixture
def banned(db: None) -> None:
    for address, minute in (("203.0.113.7", 1), ("203.0.113.7", 2), ("203.0.113.9", 3), ("198.51.100.1", 4)):
        ban = Ban.objects.create(
            server=servers.local(), jail="sshd", address=address, origin="jail", banned_at=f"2026-01-01T00:0{minute}Z"
        )
        BanMatches.objects.create(ban=ban, lines=[LINE], banned_at=ban.banned_at)
    Entry.objects.create(source=Source.objects.create(name="drop", url="https://x.example/"), network="203.0.112.0/22")


@pytest.mark.usefixtures("banned")
def test_the_api_tells_all_of_an_address_by_pages(api: Api) -> None:
    told = api.get("/addresses/203.0.113.7", page_size=1).json()
    assert (told["bans"], told["jails"], told["network"]) == (2, [{"jail": "sshd", "bans": 2}], "203.0.113.0/24")
    assert [one["address"] for one in told["neighbours"]] == ["203.0.113.9"]
    assert [(one["source"], one["network"]) for one in told["blocklists"]] == [("drop", "203.0.112.0/22")]
    assert told["timeline"]["data"][0]["matches"] == [LINE]
    cursor = told["timeline"]["pagination"]["next_cursor"]
    further = api.get("/addresses/203.0.113.7", page_size=1, cursor=cursor).json()["timeline"]
    assert further["data"][0]["banned_at"] == "2026-01-01T00:01:00Z"
    assert api.get("/addresses/203.0.113.9", cursor=cursor).json()["error_code"] == "cursor_invalid"


@pytest.mark.usefixtures("banned")
@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1", "203.0.113.0/24", "0.0.0.0/0"])
def test_what_was_never_banned_is_told_so(api: Api, address: str) -> None:
    told = api.get(f"/addresses/{address}").json()
    assert (told["bans"], told["first_seen"], told["timeline"]["data"]) == (0, None, [])


@pytest.mark.parametrize("address", ["x", "fe80::1%25eth0", "203.0.113.7;DROP", "1" * 300])
def test_what_is_no_address_is_refused(api: Api, address: str) -> None:
    assert api.get(f"/addresses/{address}").json()["error_code"] == "address_invalid"


@pytest.mark.usefixtures("banned")
def test_the_page_marks_what_was_captured_and_escapes_the_rest(client: Client, operator: Person) -> None:
    client.force_login(operator)
    shown = client.get("/addresses/203.0.113.7/").content.decode()
    assert "<mark>203.0.113.7</mark>" in shown
    assert "&lt;<mark>b</mark>&gt;eve&lt;/b&gt;" in shown
    assert "<b>eve" not in shown
    assert '<h3 class="exactly"><time' in shown  # an old one is a bare day otherwise
    assert "drop</a>" in shown
    assert client.get("/addresses/nonsense/").status_code == 404
    assert client.get("/addresses/203.0.113.7/", {"cursor": "old"}).status_code == 302
    assert "/addresses/203.0.113.7/" in client.get("/history/").content.decode()


@pytest.mark.parametrize(
    ("line", "captured"),
    [
        ("Failed password for root from 203.0.113.7 port 22", ["root", "203.0.113.7"]),
        ("12:30:01 from 203.0.113.70 not 203.0.113.7:443", ["203.0.113.7"]),
        ("::ffff:203.0.113.7 user=<eve>", ["::ffff:203.0.113.7", "eve"]),
        ("a" * 2_000 + ":" * 2_000, []),
        ("", []),
    ],
)
def test_parts_are_the_line_again(line: str, captured: list[str]) -> None:
    cut = list(parts(line, parse_network("203.0.113.7")))
    assert "".join(part.text for part in cut) == line
    assert [part.text for part in cut if part.captured] == captured


def test_it_tells_others_of_the_same_autonomous_system(
    banned: None, api: Api, client: Client, operator: Person
) -> None:
    Ban.objects.exclude(address="203.0.113.9").update(asn=64500)
    told = api.get("/addresses/203.0.113.7").json()
    assert told["asn_neighbours"] == [{"address": "198.51.100.1", "bans": 1}]
    client.force_login(operator)
    assert "Others in AS64500 lately" in client.get("/addresses/203.0.113.7/").content.decode()
