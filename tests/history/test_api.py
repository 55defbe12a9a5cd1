"""``/api/v1/bans``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from banguard.agent.memory import MemoryAgent
from banguard.agent.verbs import BLOCKLIST_JAIL, Machine
from banguard.core.networks import parse_network
from banguard.fail2ban.memory import MemoryJail
from banguard.history.models import Ban
from banguard.servers import services as protecting
from tests.conftest import Api

pytestmark = pytest.mark.django_db

Follow = Callable[[], int]


def addresses(api: Api, **query: object) -> list[str]:
    return [ban["address"] for ban in api.get("/bans", **query).json()["data"]]


@pytest.fixture
def some_bans(agent: MemoryAgent, follow: Follow) -> None:
    agent.fail2ban.add_jail(MemoryJail(BLOCKLIST_JAIL, ban_time=-1))
    agent.fail2ban.detect("sshd", "203.0.113.7", matches=("a line",), banned_at=1_700_000_000)
    agent.fail2ban.detect("nginx", "203.0.113.8")
    agent.fail2ban.detect("nginx", "2001:db8::8")
    agent.ban(jail="sshd", addresses=[parse_network("198.51.100.0/24")])
    agent.ban(jail=BLOCKLIST_JAIL, addresses=[parse_network("192.0.2.1")])
    follow()


@pytest.mark.usefixtures("some_bans")
def test_a_page_of_one_order_does_not_go_on_in_the_other(api: Api) -> None:
    newest = addresses(api)
    first = api.get("/bans", order="oldest", page_size=2).json()
    assert [ban["address"] for ban in first["data"]] == newest[::-1][:2]
    cursor = first["pagination"]["next_cursor"]
    assert addresses(api, order="oldest", page_size=2, cursor=cursor) == newest[::-1][2:4]
    for other in ({}, {"order": "newest"}):
        answer = api.get("/bans", page_size=2, cursor=cursor, **other)
        assert (answer.status_code, answer.json()["error_code"]) == (400, "cursor_invalid")


@pytest.mark.usefixtures("some_bans")
def test_a_ban_has_the_fields_of_the_contract(api: Api) -> None:
    ban = api.get("/bans", address="203.0.113.7").json()["data"][0]
    assert ban == {
        "id": ban["id"],
        "server": "local",
        "jail": "sshd",
        "address": "203.0.113.7",
        "country": None,
        "asn": None,
        "origin": "jail",
        "banned_at": "2023-11-14T22:13:20Z",
        "expires_at": "2023-11-14T22:23:20Z",
        "lifted_at": "2023-11-14T22:23:20Z",
        "lift_reason": "expired",
        "ban_count": 1,
        "failures": 5,
        "active": False,
    }
    assert api.get(f"/bans/{ban['id']}").json() == {**ban, "matches": ["a line"]}


@pytest.mark.usefixtures("some_bans")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"jail": "nginx"}, {"203.0.113.8", "2001:db8::8"}),
        ({"jail": "none such"}, set()),
        ({"address": "203.0.113.0/24"}, {"203.0.113.7", "203.0.113.8"}),
        ({"address": "203.0.113.8"}, {"203.0.113.8"}),
        ({"address": "2001:DB8:0::8"}, {"2001:db8::8"}),
        ({"address": "2001:db8::/32"}, {"2001:db8::8"}),
        ({"address": "::ffff:203.0.113.8"}, {"203.0.113.8"}),
        ({"origin": "manual"}, {"198.51.100.0/24"}),
        ({"origin": "blocklist"}, {"192.0.2.1"}),
        ({"active": "false"}, {"203.0.113.7"}),
        ({"active": "true", "jail": "sshd"}, {"198.51.100.0/24"}),
    ],
)
def test_the_list_is_narrowed(api: Api, query: dict[str, str], found: set[str]) -> None:
    answer = api.get("/bans", **query).json()
    assert ({ban["address"] for ban in answer["data"]}, answer["pagination"]["total"]) == (found, len(found))


@pytest.mark.parametrize(
    "query",
    [
        {"address": "example.com"},
        {"address": "fe80::1%eth0"},
        {"address": "x" * 70},
        {"origin": "mars"},
        {"active": "maybe"},
        {"jail": "a\x00b"},
        {"jail": "x" * 70},
    ],
)
def test_a_search_that_cannot_be_read_is_refused(api: Api, query: dict[str, str]) -> None:
    answer = api.get("/bans", **query)
    assert answer.status_code == 422
    assert answer.json()["error_code"] in {"invalid_input", "address_invalid"}


@pytest.mark.parametrize("ban_id", ["0", "999999", "9" * 40])
def test_an_unknown_ban_is_404(api: Api, ban_id: str) -> None:
    answer = api.get(f"/bans/{ban_id}")
    assert (answer.status_code, answer.json()["error_code"]) == (404, "not_found")


def test_banning_and_unbanning_reach_fail2ban_and_history(api: Api, agent: MemoryAgent, follow: Follow) -> None:
    assert api.post("/bans", addresses=["203.0.113.9", "2001:db8::/64"], jail="sshd").json() == {"count": 2}
    assert set(agent.fail2ban.banned("sshd")) == {"203.0.113.9", "2001:db8::/64"}
    follow()
    assert api.delete("/bans", addresses=["203.0.113.9"], jail="sshd").json() == {"count": 1}
    ban = api.get("/bans", address="203.0.113.9").json()["data"][0]
    assert (ban["origin"], ban["active"], ban["lift_reason"]) == ("manual", False, "manual")
    assert addresses(api, active="true") == ["2001:db8::/64"]


def test_no_jail_means_all_but_the_blocklists(api: Api, agent: MemoryAgent) -> None:
    agent.fail2ban.add_jail(MemoryJail(BLOCKLIST_JAIL))
    assert api.post("/bans", addresses=["203.0.113.9"], jail=None).json() == {"count": 2}
    assert agent.fail2ban.banned(BLOCKLIST_JAIL) == ()
    refused = api.post("/bans", addresses=["203.0.113.9"], jail=BLOCKLIST_JAIL)
    assert (refused.status_code, refused.json()["error_code"]) == (422, "invalid_input")


def test_a_ban_without_any_running_jail_is_no_success(api: Api, agent: MemoryAgent) -> None:
    agent.fail2ban.remove_jail("sshd")
    agent.fail2ban.remove_jail("nginx")
    assert api.post("/bans", addresses=["203.0.113.9"], jail=None).json()["error_code"] == "jail_unknown"


def test_what_is_banned_already_counts_nothing(api: Api, agent: MemoryAgent) -> None:
    api.post("/bans", addresses=["203.0.113.9"], jail="sshd")
    assert api.post("/bans", addresses=["203.0.113.9", "203.0.113.9"], jail="sshd").json() == {"count": 0}


def test_unbanning_a_network_ends_what_lies_inside_it(api: Api, agent: MemoryAgent, follow: Follow) -> None:
    agent.fail2ban.detect("sshd", "203.0.113.1")
    agent.fail2ban.detect("sshd", "203.0.114.1")
    agent.fail2ban.detect("nginx", "203.0.113.2")
    follow()
    assert api.delete("/bans", addresses=["203.0.113.0/24"], jail=None).json() == {"count": 2}
    assert addresses(api, active="true") == ["203.0.114.1"]


def test_where_the_network_itself_is_banned_it_alone_ends(api: Api, agent: MemoryAgent, follow: Follow) -> None:
    agent.ban(jail="sshd", addresses=[parse_network("203.0.113.0/24"), parse_network("203.0.113.1")])
    follow()
    assert api.delete("/bans", addresses=["203.0.113.0/24"], jail="sshd").json() == {"count": 1}
    assert (addresses(api, active="true"), list(agent.fail2ban.banned("sshd"))) == (["203.0.113.1"], ["203.0.113.1"])


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",  # where the test calls from
        "::ffff:127.0.0.1",
        "127.0.0.0/8",
        "127.9.9.9",
        "::1",
        "0.0.0.0",  # noqa: S104 - nobody binds to it here
        "0.0.0.0/0",
        "::/0",
        "203.0.0.0/7",
        "2001::/18",
        "224.0.0.1",
        "255.255.255.255",
        "10.0.0.0/24",
        "192.168.0.0/16",
        "fd00::/64",
        "192.0.0.0/2",
    ],
)
def test_what_must_not_be_blocked_refuses_the_whole_call(api: Api, agent: MemoryAgent, address: str) -> None:
    answer = api.post("/bans", addresses=["203.0.113.9", address], jail="sshd")
    assert (answer.status_code, answer.json()["error_code"]) == (422, "address_protected")
    assert agent.fail2ban.banned("sshd") == ()


@pytest.mark.parametrize("address", ["203.0.113.0/24", "203.0.113.128/25", "203.0.113.200/29", "203.0.113.201"])
def test_a_ban_that_overlaps_a_protected_network_is_refused_and_names_it(
    api: Api, agent: MemoryAgent, address: str
) -> None:
    protecting.protect(network="203.0.113.200/29", note="the office", expires_at=None, created_by="eve")
    answer = api.post("/bans", addresses=[address], jail="sshd")
    assert answer.json()["message"] == (
        f"{address} may not be blocked: 203.0.113.200/29 is protected: the office."
        + " A ban by hand is not split around it." * ("/" in address)
    )
    assert agent.fail2ban.banned("sshd") == ()


@pytest.mark.parametrize("address", ["10.0.0.5", "192.168.1.1", "172.16.0.9", "fd00::5"])
def test_one_private_address_may_be_banned(api: Api, agent: MemoryAgent, address: str) -> None:
    assert api.post("/bans", addresses=[address], jail="sshd").json() == {"count": 1}


@pytest.mark.parametrize("address", ["198.51.100.1", "198.51.100.0/24", "198.51.100.254", "198.51.100.53", "10.0.0.1"])
def test_what_the_machine_lives_by_is_protected(api: Api, agent: MemoryAgent, address: str) -> None:
    agent.surroundings = Machine(
        own=(parse_network("198.51.100.1"), parse_network("10.0.0.1")),
        gateways=(parse_network("198.51.100.254"),),
        resolvers=(parse_network("198.51.100.53"),),
    )
    answer = api.post("/bans", addresses=[address], jail="sshd")
    assert (answer.status_code, answer.json()["error_code"]) == (422, "address_protected")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"addresses": []},
        {"addresses": "203.0.113.9"},
        {"addresses": [5]},
        {"addresses": [None]},
        {"addresses": ["example.com"]},
        {"addresses": ["203.0.113.9%eth0"]},
        {"addresses": [f"203.0.{n // 250}.{n % 250}" for n in range(1_001)]},
        {"addresses": ["203.0.113.9"], "jail": ""},
        {"addresses": ["203.0.113.9"], "jail": "a b"},
        {"addresses": ["203.0.113.9"], "jail": "x" * 65},
        {"addresses": ["203.0.113.9"], "jial": "sshd"},
    ],
)
@pytest.mark.parametrize("method", ["post", "delete"])
def test_a_body_that_cannot_be_used_bans_nothing(
    api: Api, agent: MemoryAgent, method: str, body: dict[str, object]
) -> None:
    answer = getattr(api, method)("/bans", **body)
    assert answer.status_code == 422
    assert set(answer.json()) == {"error_code", "message", "status", "details"}
    assert agent.fail2ban.banned("sshd") == ()


def test_a_thousand_addresses_are_taken(api: Api, agent: MemoryAgent) -> None:
    many = [f"203.0.{n // 250}.{n % 250}" for n in range(1_000)]
    assert api.post("/bans", addresses=many, jail="sshd").json() == {"count": 1_000}


@pytest.mark.parametrize("method", ["post", "delete"])
def test_an_unknown_jail_is_404(api: Api, agent: MemoryAgent, method: str) -> None:
    answer = getattr(api, method)("/bans", addresses=["203.0.113.9"], jail="nosuch")
    assert (answer.status_code, answer.json()["error_code"]) == (404, "jail_unknown")


@pytest.mark.parametrize("method", ["post", "delete"])
def test_a_silent_fail2ban_is_503(api: Api, agent: MemoryAgent, method: str) -> None:
    agent.fail2ban.running = False
    answer = getattr(api, method)("/bans", addresses=["203.0.113.9"], jail="sshd")
    assert (answer.status_code, answer.json()["error_code"]) == (503, "fail2ban_unreachable")


@pytest.mark.parametrize("method", ["post", "delete"])
def test_a_silent_agent_is_503_and_history_still_reads(api: Api, settings: Any, tmp_path: Path, method: str) -> None:
    settings.AGENT_SOCKET = tmp_path / "nobody"
    answer = getattr(api, method)("/bans", addresses=["203.0.113.9"], jail="sshd")
    assert (answer.status_code, answer.json()["error_code"]) == (503, "agent_unreachable")
    assert api.get("/bans").status_code == 200
    assert Ban.objects.count() == 0


def test_the_api_narrows_by_how_often_somebody_was_banned(api: Api) -> None:
    assert api.get("/bans", min_ban_count=5).status_code == 200
    assert api.get("/bans", min_ban_count=3).json()["error_code"] == "invalid_input"
