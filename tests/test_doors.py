"""Every door of the house: who may pass, as one table. A new page or operation has to be written into it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from ninja.openapi.schema import OpenAPISchema

from banguard.accounts import services as accounts
from banguard.accounts.models import Person
from banguard.accounts.values import SCOPES_OF, Role, Scope
from banguard.api import api as json_api
from tests import doors_of_blocklists, doors_of_people
from tests.accounts import openid_urls
from tests.conftest import Api
from tests.doors_of_people import OF_ONESELF

pytestmark = pytest.mark.django_db

READ, BAN, IMPORT, CONFIGURE, ROOT, ADMINISTER = Scope

OPEN = {
    "/words.js",
    "/sign-in",
    "/sign-out",
    "/setup/x/",
    "/welcome/x/",
    "/account/inactive/",
    "/health/live",
    "/health/ready",
}
FURTHER_STEPS = {"/sign-in/second-step/", "/sign-in/passkey/"}  # lead back to the first one
THROUGH_PROVIDER = {"/sign-in/provider/", "/sign-in/provider/back"}  # only when the settings name one
BY_TOKEN = {"/metrics", "/api/v1/openapi.json", "/api/v1/docs"}
FOR_EVERYBODY = {"/account/password/", "/account/sessions/", "/account/confirm/", "/account/security/"}
PAGES = {
    "/": READ,
    "/history/": READ,
    "/history/1/": READ,
    "/downloads/": READ,
    "/history/export.csv": READ,
    "/history/export.jsonl": READ,
    "/history/ban/": BAN,
    "/history/unban/": BAN,
    "/history/undo/": BAN,
    "/history/searches/": READ,
    "/history/searches/1/delete/": READ,
    "/jails/": READ,
    "/jails/x/": READ,
    "/jails/x/control/": CONFIGURE,
    "/jails/x/logs/": CONFIGURE,
    "/jails/x/edit/": CONFIGURE,
    "/config/": READ,
    "/config/files/x/": CONFIGURE,
    "/config/edit/": CONFIGURE,
    "/config/edit/x/": CONFIGURE,
    "/config/revisions/": READ,
    "/config/revisions/1/": CONFIGURE,
    "/config/revisions/1/apply/": CONFIGURE,
    "/config/revisions/1/restore/": CONFIGURE,
    "/config/revisions/1/discard/": CONFIGURE,
    "/config/revisions/1/compare/1/": CONFIGURE,
    "/config/ignored/": READ,
    "/config/ignored/1/heed/": CONFIGURE,
    "/config/ignored/heed/": CONFIGURE,
    "/config/lab/": CONFIGURE,
    "/config/filters/x/samples/": CONFIGURE,
    "/config/samples/1/forget/": CONFIGURE,
    "/config/server/": READ,
    "/config/server/edit/": ROOT,
    "/config/filters/x/": READ,
    "/config/actions/x/": READ,
    **doors_of_blocklists.PAGES,
    **doors_of_people.PAGES,
    "/now/": READ,
    "/status/": READ,
    "/styleguide/": ADMINISTER,
    "/find/": READ,
    "/addresses/x/": READ,
}
POST_ONLY = {
    page
    for page in PAGES
    if page.rstrip("/").endswith(
        ("delete", "import", "revoke", "samples", "forget", "control", "undo", "heed", "again", "switch")
    )
} | {f"/config/revisions/1/{what}/" for what in ("apply", "restore", "discard")}
POST_ONLY |= doors_of_people.CHANGES
POST_ONLY |= {
    f"/blocklists/{what}/" for what in ("protected/add", "sources/1/accept", "runs/1/decide", "trials/1/confirm")
}
OPERATIONS = {
    ("GET", "/audit"): ADMINISTER,
    ("GET", "/locks"): READ,
    ("GET", "/bans"): READ,
    ("GET", "/bans/1"): READ,
    ("GET", "/addresses/x"): READ,
    ("POST", "/bans"): BAN,
    ("POST", "/bans/import"): IMPORT,
    ("DELETE", "/bans"): BAN,
    **{
        ("GET", f"/statistics/{name}"): READ
        for name in ("summary", "trend", "countries", "jails", "origins", "addresses", "networks", "asns")
    },
    ("GET", "/jails"): READ,
    ("GET", "/jails/x"): READ,
    ("GET", "/jails/x/options"): READ,
    ("GET", "/jails/x/logs"): CONFIGURE,
    ("PATCH", "/jails/x/options"): CONFIGURE,
    ("GET", "/config/server"): READ,
    ("PATCH", "/config/server"): ROOT,
    ("POST", "/jails/x/start"): CONFIGURE,
    ("POST", "/jails/x/stop"): CONFIGURE,
    ("POST", "/jails/x/restart"): CONFIGURE,
    ("POST", "/jails/x/reload"): CONFIGURE,
    ("POST", "/jails/x/idle"): CONFIGURE,
    ("GET", "/config/ignored"): READ,
    ("POST", "/config/ignored"): CONFIGURE,
    ("DELETE", "/config/ignored/1"): CONFIGURE,
    ("GET", "/config/files"): READ,
    ("GET", "/config/files/x"): CONFIGURE,
    ("PUT", "/config/files/x"): CONFIGURE,
    ("DELETE", "/config/files/x"): CONFIGURE,
    ("GET", "/config/revisions"): READ,
    ("POST", "/config/revisions"): CONFIGURE,
    ("GET", "/config/revisions/1"): CONFIGURE,
    ("DELETE", "/config/revisions/1"): CONFIGURE,
    ("POST", "/config/revisions/1/apply"): CONFIGURE,
    ("POST", "/config/revisions/1/restore"): CONFIGURE,
    ("GET", "/config/revisions/1/compare/1"): CONFIGURE,
    ("GET", "/config/drift"): READ,
    ("GET", "/config/filters"): READ,
    ("GET", "/config/filters/x"): READ,
    ("GET", "/config/actions"): READ,
    ("GET", "/config/actions/x"): READ,
    ("POST", "/config/regex-tests"): CONFIGURE,
    **doors_of_blocklists.OPERATIONS,
}
OF_OUR_PAGES = {("POST", "/telemetry")}  # says nothing; tests/web/test_telemetry.py tells whom it lets in


def spelt(pattern: URLPattern, before: str) -> str:
    """An address that the pattern takes."""
    route = before + str(pattern.pattern)
    for kind, name, value in (
        (kind, name, "1" if kind == "int" else "x")
        for name, converter in pattern.pattern.converters.items()
        for kind in [type(converter).__name__.removesuffix("Converter").lower()]
    ):
        kinds = {"string": "str"}
        route = route.replace(f"<{kinds.get(kind, kind)}:{name}>", value).replace(f"<{name}>", value)
    return "/" + route


def addresses(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield spelt(pattern, before)
        elif pattern.app_name != "admin":
            yield from addresses(pattern.url_patterns, before + str(pattern.pattern))


def pages() -> set[str]:
    return {address for address in addresses(get_resolver().url_patterns) if not address.startswith("/api/")}


def operations() -> set[tuple[str, str]]:
    schema: OpenAPISchema = json_api.get_openapi_schema(path_prefix="")
    return {
        (
            method.upper(),
            "/"
            + path.strip("/")
            .replace("{name}", "x")
            .replace("{path}", "x")
            .replace("{ip}", "x")
            .replace("{source_id}", "1")
            .replace("{ban_id}", "1")
            .replace("{ignored_id}", "1")
            .replace("{run_id}", "1")
            .replace("{trial_id}", "1")
            .replace("{protected_id}", "1")
            .replace("{revision_id}", "1")
            .replace("{other_id}", "1"),
        )
        for path, verbs in schema["paths"].items()
        for method in verbs
    }


def test_the_tables_name_every_door() -> None:
    assert pages() == OPEN | FURTHER_STEPS | FOR_EVERYBODY | OF_ONESELF | set(PAGES) | {"/metrics"}
    assert operations() == set(OPERATIONS) | OF_OUR_PAGES


def test_a_provider_adds_its_two_doors_and_no_other(settings: Any) -> None:
    without = pages()
    settings.ROOT_URLCONF = openid_urls.__name__
    assert pages() - without == THROUGH_PROVIDER


def test_everything_else_under_api_is_the_description() -> None:
    api_addresses = {one for one in addresses(get_resolver().url_patterns) if one.startswith("/api/")}
    described = {f"/api/v1{path}" for _, path in set(OPERATIONS) | OF_OUR_PAGES}
    assert api_addresses - described == {"/api/v1/", "/api/v1/openapi.json", "/api/v1/docs"}


@pytest.mark.parametrize("path", sorted(set(PAGES) | FOR_EVERYBODY | OF_ONESELF))
def test_a_stranger_is_led_to_the_sign_in(client: Client, path: str) -> None:
    for answer in (client.get(path), client.post(path), client.put(path), client.head(path)):
        assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (302, "/sign-in")


@pytest.mark.parametrize("path", sorted(OPEN))
def test_the_open_doors_ask_for_nothing(client: Client, path: str) -> None:
    assert client.get(path).status_code in {200, 404, 405}


@pytest.mark.parametrize("path", sorted(FURTHER_STEPS))
def test_nobody_begins_with_a_further_step(client: Client, path: str) -> None:
    assert client.get(path).headers["Location"] == "/sign-in"
    assert client.post(path).headers["Location"] == "/sign-in"


@pytest.mark.parametrize("address", sorted(BY_TOKEN))
def test_a_stranger_learns_nothing_from_machines_doors(client: Client, address: str) -> None:
    assert (client.get(address).status_code, client.head(address).status_code) == (401, 401)


@pytest.mark.parametrize(("method", "path"), sorted(OPERATIONS))
def test_a_stranger_is_refused_by_the_api(client: Client, method: str, path: str) -> None:
    answer = client.generic(method, f"/api/v1{path}", "{}", content_type="application/json")
    assert (answer.status_code, answer.json()["error_code"]) == (401, "unauthenticated")


@pytest.mark.parametrize("path", ["/admin/", "/admin/accounts/person/", "/admin/history/ban/", "/admin/nosuch/"])
def test_the_admin_is_for_administrators(client: Client, person: object, path: str) -> None:
    assert client.get(path).status_code == 302
    for role, known in ((Role.OPERATOR, {403}), (Role.ADMINISTRATOR, {200, 404})):
        client.force_login(person(role))  # type: ignore[operator]
        assert client.get(path, follow=True).status_code in known, (role, path)


def refused(answer: object) -> bool:
    return bool(answer.status_code == 403)  # type: ignore[attr-defined]


@pytest.mark.parametrize("role", list(Role))
def test_people_pass_the_pages_of_their_role_and_no_other(client: Client, role: Role) -> None:
    client.force_login(accounts.create_person(username="x", password="a long enough secret", role=role))
    for page, scope in PAGES.items():
        send = client.post if page in POST_ONLY else client.get
        assert refused(send(page)) == (scope not in SCOPES_OF[role]), (role, page)
    for page in FOR_EVERYBODY:
        assert client.get(page).status_code == 200, page
    for page in OF_ONESELF:
        assert client.get(page).status_code in {302, 404, 405} or page == "/account/security/passkeys/", page


@pytest.mark.parametrize("role", list(Role))
def test_people_pass_the_operations_of_their_role_and_no_other(client: Client, role: Role) -> None:
    client.force_login(accounts.create_person(username="x", password="a long enough secret", role=role))
    for (method, path), scope in OPERATIONS.items():
        answer = client.generic(method, f"/api/v1{path}", "{}", content_type="application/json")
        assert refused(answer) == (scope not in SCOPES_OF[role]), (role, method, path)


@pytest.mark.parametrize("scope", list(Scope))
def test_a_token_passes_the_operations_of_its_scope_and_no_other(api_with: object, scope: Scope) -> None:
    caller: Api = api_with(scope)  # type: ignore[operator]
    for (method, path), needed in OPERATIONS.items():
        answer = caller.client.generic(
            method, f"/api/v1{path}", "{}", content_type="application/json", headers=caller.headers
        )
        assert refused(answer) == (scope != needed), (scope, method, path)


def test_a_token_opens_no_page(api: Api) -> None:
    for page in PAGES:
        assert api.client.get(page, headers=api.headers).status_code == 302


def test_whoever_is_deactivated_is_out_at_once(client: Client, administrator: Person) -> None:
    client.force_login(administrator)
    administrator.is_active = False
    administrator.save(update_fields=["is_active"])
    assert client.get("/").status_code == 302
    assert client.get("/api/v1/bans").status_code == 401
