"""Through an OpenID provider with a real browser, which holds forms and redirects to the content policy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser, expect

from banguard.accounts import services
from banguard.accounts.values import Role
from banguard.envtypes import OpenIDProvider
from tests.accounts import openid_urls
from tests.accounts.openid_provider import LocalProvider


@pytest.fixture(scope="module", autouse=True)
def _the_browser_is_driven_beside_the_database() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's loop runs in this thread, and asks nothing
        yield


@pytest.fixture
def provider(settings: Any) -> Iterator[LocalProvider]:
    made = LocalProvider()
    settings.OPENID_PROVIDER = OpenIDProvider(made.issuer, made.client_id, made.client_secret, "Our company")
    settings.ROOT_URLCONF = openid_urls.__name__
    yield made
    made.stop()


@pytest.mark.usefixtures("django_db_setup")  # before the browser, so that it is taken down after it
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_the_button_leads_in_and_on(
    provider: LocalProvider, live_server: LiveServerThread, browser: Browser, scripts: bool
) -> None:
    person = services.create_person(username="anna", password="four calm unrelated words", role=Role.VIEWER)
    type(person).objects.update(email="viewer@example.com")
    context, refused = browser.new_context(java_script_enabled=scripts), []
    tab = context.new_page()
    tab.on("console", lambda said: refused.append(said.text) if "Content Security Policy" in said.text else None)
    tab.goto(f"{live_server.url}/sign-in?next=/account/sessions/")
    tab.get_by_role("button", name="Our company").click()
    tab.wait_for_url("**/account/sessions/")
    expect(tab.get_by_role("button", name="Sign out").first).to_be_attached()
    context.close()
    assert refused == []
