"""What a page looks like besides as it is opened: before there is anything, with what was found, refused, or failed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from django.db import connection
from playwright.sync_api import Page
from psycopg import sql

from banguard.accounts import services as accounts
from banguard.accounts.models import Person
from banguard.accounts.values import Role
from banguard.blocklists.models import Run
from banguard.blocklists.services import imports, sources
from banguard.blocklists.services.sources import Given
from banguard.blocklists.values import Purpose
from banguard.config.values import OVERLAY
from banguard.history.models import Ban
from tests.outside import pictured
from tests.outside.served import database_url
from tests.outside.test_signing_in import AUTHENTICATOR, PASSWORD, code

LISTED, NOT_LISTED, NEVER_BANNED = "198.51.100.7", "198.51.100.8", "198.51.100.9"
FEED = "\n".join(f"198.51.100.{last}" for last in range(2, 8))
MISSED = "Nov 26 01:02:09 host sshd[7]: Connection closed by 203.0.113.7 port 22"
VIEWER = "berta"
HAMMER = """async () => {
  const form = document.querySelector("main form");
  for (let sent = 0; sent < 60; sent++) await fetch(form.action, { method: "POST", body: new FormData(form) });
}"""
SECRETS: list[str] = []  # of the authenticator app that a page has shown


@dataclass(frozen=True)
class State:
    """``name`` of its pictures; what is done on ``address`` before it is looked at; the ``status`` of the answer."""

    name: str
    address: str
    act: Callable[[Page], object] | None = None
    status: int = 200


def press(button: str, **fields: str) -> Callable[[Page], None]:
    """Fill in the fields by name, and press the button of this form in ``main``."""

    def act(tab: Page) -> None:
        for name, value in fields.items():
            field = tab.locator(f"main [name={name}]:not([type=hidden])").first
            field.select_option(value) if field.evaluate("(one) => one.matches('select')") else field.fill(value)
        with tab.expect_navigation(wait_until="load"):
            tab.locator("main").get_by_role("button", name=button, exact=True).first.click()

    return act


def follow(link: str) -> Callable[[Page], None]:
    def act(tab: Page) -> None:
        with tab.expect_navigation(wait_until="load"):
            tab.locator("main").get_by_role("link", name=link, exact=True).click()

    return act


def _add_the_app(tab: Page) -> None:
    SECRETS.append(tab.get_by_label("Secret").input_value())
    press("Turn it on", code=code(SECRETS[-1]))(tab)


def _add_a_passkey(tab: Page) -> None:
    developer = tab.context.new_cdp_session(tab)
    developer.send("WebAuthn.enable")
    developer.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    press("Add it", name="this laptop")(tab)


def _from_elsewhere(tab: Page) -> None:
    """The form of a page whose session is over."""
    tab.context.clear_cookies()
    press("Sign in", username="anna", password=PASSWORD)(tab)


def _changed_meanwhile(tab: Page) -> None:
    tab.locator("main [name=digest]").evaluate("(field) => { field.value = 'f'.repeat(64); }")
    press("Check and preview", text="[sshd]\nmaxretry = 4\nfindtime = 1h\n")(tab)


def _guess(tab: Page) -> None:
    for _ in range(6):
        press("Sign in", username="nobody", password="not the right one")(tab)


def _hammer(tab: Page) -> None:
    """More forms than an address may send in a minute; that they are empty does not matter."""
    tab.evaluate(HAMMER)
    press("Sign in", username="anna", password=PASSWORD)(tab)


def _make_a_token(tab: Page) -> None:
    press("Make the token", name="nightly export")(tab)


def first_run(secret: str) -> tuple[State, ...]:
    """Before the first account."""
    different = {"username": "anna", "password": PASSWORD, "again": "another"}
    return (
        State("first-run", f"/setup/{secret}/"),
        State("first-run-refused", f"/setup/{secret}/", press("Start", **different), 422),
    )


EMPTY = tuple(
    State(f"empty-{name}", address)
    for name, address in {
        "dashboard": "/",
        "history": "/history/",
        "searches": "/history/searches/",
        "jails": "/jails/",
        "revisions": "/config/revisions/",
        "ignored": "/config/ignored/",
        "feeds": "/blocklists/",
        "report": "/blocklists/report/",
        "protected": "/blocklists/protected/",
        "tokens": "/account/tokens/",
        "status": "/status/",
    }.items()
)
STRANGERS = (
    State("sign-in", "/sign-in"),
    State("sign-in-refused", "/sign-in", press("Sign in", username="anna", password="not the right one")),
    State("sign-in-too-often", "/sign-in", _guess),
    State("inactive", "/account/inactive/"),
    State("error-403-form", "/sign-in", _from_elsewhere, 403),
    State("sign-in-second-step", "/sign-in", press("Sign in", username="anna", password=PASSWORD)),
)
HURRIED = (State("error-429", "/sign-in", _hammer, 429),)
VIEWERS = (
    State("viewer-dashboard", "/sign-in", press("Sign in", username=VIEWER, password=PASSWORD)),
    State("error-403", "/audit/", status=403),
)
REFUSED = (
    State("error-400", "/account/tokens/?cursor=made-up", status=400),
    State("error-405", "/history/undo/", status=405),
    State("error-422", "/history/export.csv?address=nonsense", status=422),
)
BROKEN = (State("error-500", "/history/", status=500),)
WITHOUT_DATABASE = (State("error-503", "/history/", status=503),)


def found(preview: int) -> tuple[State, ...]:
    """What forms and searches come to."""
    passwords = {"old_password": PASSWORD, "new_password1": "short", "new_password2": "shorter"}
    line = f"{pictured.LINE}\n{MISSED}"
    attacker = str(Ban.objects.filter(jail="sshd", lifted_at=None).latest("expires_at").address).removesuffix("/32")
    banned = f"?address={attacker}&jail=sshd"
    return (
        State("history-found", "/history/?jail=sshd&state=active"),
        State("history-more-filters", "/history/?country=DE"),
        State("history-nothing-found", f"/history/?address={NEVER_BANNED}"),
        State("history-refused", "/history/?address=nonsense"),
        State("find-nothing", "/find/?q=no+such+thing"),
        State("address-never-banned", f"/addresses/{NEVER_BANNED}/"),
        State("entries-found", f"/blocklists/entries/?ip={LISTED}"),
        State("entries-nothing-found", f"/blocklists/entries/?ip={NOT_LISTED}"),
        State("entries-refused", "/blocklists/entries/?ip=nonsense"),
        State("preview", f"/blocklists/runs/{preview}/"),
        State("source-add-refused", "/blocklists/add/", press("Save", name="x"), 422),
        State("ban-confirm", f"/history/ban/{banned}"),
        State("ban-refused", f"/history/ban/{banned}", press("Ban them", addresses="127.0.0.1"), 422),
        State("ban-made", f"/history/ban/{banned}", press("Ban them", jail="sshd")),
        State("unban-confirm", f"/history/unban/{banned}"),
        State("lab-expressions", "/config/lab/", press("Try it", failregex="password .* from <HOST>", lines=line)),
        State("lab-filter", "/config/lab/", press("Try it", filter="sshd", lines=line)),
        State("lab-refused", "/config/lab/", press("Try it", failregex="(<HOST>", lines=line), 422),
        State("edit-refused", f"/config/edit/{OVERLAY}/", press("Check and preview", text="[sshd\nmaxretry")),
        State("edit-conflict", f"/config/edit/{OVERLAY}/", _changed_meanwhile, 409),
        State("token-made", "/account/tokens/", _make_a_token, 201),
        State("password-refused", "/account/password/", press("Change the password", **passwords)),
    )


SECURED = (
    State("confirm-password", "/account/security/app/"),
    State("app-add", "/account/security/app/", press("Go on", password=PASSWORD)),
    State("codes", "/account/security/app/", _add_the_app),
    State("codes-new", "/account/security/codes/new/"),
    State("app-remove", "/account/security/app/remove/"),
    State("passkeys-none", "/account/security/passkeys/"),
    State("passkey-add", "/account/security/passkeys/add/"),
    State("secured", "/account/security/passkeys/add/", _add_a_passkey),
    State("passkeys", "/account/security/passkeys/"),
    State("passkey-edit", "/account/security/passkeys/", follow("Rename")),
    State("passkey-remove", "/account/security/passkeys/", follow("Remove")),
    State("confirm-code", "/account/confirm/code/"),
    State("confirm-passkey", "/account/confirm/passkey/"),
)


def lay() -> int:
    """A list that holds addresses, another that was looked at, and somebody who may only read; the preview's run."""
    listed = sources.create(given=Given(FEED.encode()), name="What we know ourselves")
    imports.import_now(source_id=listed.pk, asked_by="anna")
    looked_at = sources.create(given=Given(f"{FEED}\n192.0.2.0/24".encode()), name="A new list", enabled=False)
    run: Run = imports.request_run(source_id=looked_at.pk, asked_by="anna", purpose=Purpose.PREVIEW)
    imports.run_import(run_id=run.pk)
    accounts.create_person(username=VIEWER, password=PASSWORD, role=Role.VIEWER)
    anna = Person.objects.get(username="anna")  # whose password the web server hashed, which does so as it should
    Person.objects.filter(username=VIEWER).update(password=anna.password)
    return int(run.pk)


@contextmanager
def broken() -> Iterator[None]:
    """A table is not what the code believes."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE history_ban RENAME TO history_ban_away")
        try:
            yield
        finally:
            cursor.execute("ALTER TABLE history_ban_away RENAME TO history_ban")


@contextmanager
def without_database() -> Iterator[None]:
    """It takes no one in, and ends whoever is there; ours as well, which begins anew."""
    used = connection.settings_dict
    connection.close()
    name = sql.Identifier(used["NAME"])
    with psycopg.connect(re.sub(r"/[^/?]+(\?|$)", r"/postgres\1", database_url()), autocommit=True) as beside:
        beside.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
        beside.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [used["NAME"]])
        try:
            yield
        finally:
            beside.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(name))
