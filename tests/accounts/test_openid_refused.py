"""An OpenID provider that lies, errs or is down, and browsers that were never sent to it."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from django.test import Client

from banguard.accounts.models import Person
from banguard.accounts.values import Outcome
from tests.accounts.openid_provider import OTHER_KEY, LocalProvider
from tests.accounts.openid_walk import BACK, BEGIN, is_inside, told, walk, way_back


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "somebody-else"},
        {"aud": ["banguard", "somebody-else"]},
        {"azp": "somebody-else"},
        {"iss": "https://evil.example"},
        {"exp": int(time.time()) - 3600},
        {"sub": None},
        {"sub": ""},
        {"sub": "s" * 300},
    ],
)
def test_a_token_that_is_not_for_this_sign_in_is_refused(
    client: Client, provider: LocalProvider, known: Person, claims: dict[str, Any]
) -> None:
    provider.claims |= claims
    assert (walk(client)[0], is_inside(client)) == (403, False)
    assert told()[-1] == ("sign_in", provider.issuer, Outcome.REFUSED)


@pytest.mark.parametrize("algorithm", ["RS256", "HS256", "none"])
def test_a_wrong_signature_is_refused(client: Client, provider: LocalProvider, known: Person, algorithm: str) -> None:
    provider.signing_key, provider.algorithm = OTHER_KEY, algorithm
    assert (walk(client)[0], is_inside(client)) == (403, False)


def test_a_way_back_leads_nobody_else_in(client: Client, provider: LocalProvider, known: Person) -> None:
    back = way_back(client)
    thief = Client()
    assert (thief.get(back).status_code, is_inside(thief)) == (403, False)
    assert client.get(re.sub("state=[^&]+", "state=x", back)).status_code == 403
    assert client.get(back).status_code == 302
    client.post("/sign-out")
    assert client.get(back).status_code == 403


def test_a_code_of_another_browser_fails_its_pkce(client: Client, provider: LocalProvider, known: Person) -> None:
    theirs, ours = way_back(Client()), way_back(client)
    code = re.search("code=([^&]+)", theirs)[1]  # type: ignore[index]
    assert client.get(re.sub("code=[^&]+", f"code={code}", ours)).status_code == 403


@pytest.mark.parametrize("query", ["", "?error=access_denied", "?error=server_error", "?code=x&state="])
def test_coming_back_without_having_gone_is_refused(
    client: Client, provider: LocalProvider, db: None, query: str
) -> None:
    assert client.get(BACK + query).status_code == 403


def test_who_cancels_is_told_so(client: Client, provider: LocalProvider, known: Person) -> None:
    state = re.search("state=([^&]+)", way_back(client))[1]  # type: ignore[index]
    page = client.get(BACK, {"error": "access_denied", "state": state})
    assert (page.status_code, "was cancelled" in page.content.decode()) == (403, True)


def test_a_provider_that_is_down_is_told_clearly(client: Client, provider: LocalProvider, known: Person) -> None:
    back = way_back(client)
    provider.stop()
    for answer in (client.post(BEGIN), client.get(back)):
        assert answer.status_code == 503
        assert "Our company does not answer" in answer.content.decode()


@pytest.mark.parametrize(
    "config",
    [
        {"issuer": "https://evil.example"},
        {"authorization_endpoint": None},
        {"token_endpoint": "http://provider.example/token"},
        {"jwks_uri": "file:///etc/passwd"},
    ],
)
def test_a_provider_that_names_itself_wrongly_is_not_followed(
    client: Client, provider: LocalProvider, db: None, config: dict[str, Any]
) -> None:
    provider.config = config
    assert client.post(BEGIN).status_code == 403


def test_a_provider_that_refuses_our_code_is_told_clearly(
    client: Client, provider: LocalProvider, known: Person
) -> None:
    provider.token_status = 500
    assert walk(client)[0] == 403
