"""A browser's way through an OpenID provider and back."""

from __future__ import annotations

import html
import re

import requests
from django.http import HttpResponse
from django.test import Client

from banguard.accounts.models import AuditRecord

BEGIN, BACK = "/sign-in/provider/", "/sign-in/provider/back"


def address_of(answer: HttpResponse) -> str:
    found = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', answer.content.decode())
    assert found, answer.content.decode()
    return html.unescape(found[1])


def way_back(client: Client, **given: str) -> str:
    """Through the provider, to the address that it sends the browser back to."""
    address = address_of(client.post(BEGIN, given))
    return requests.get(address, allow_redirects=False, timeout=5).headers["Location"].removeprefix("http://testserver")


def walk(client: Client, **given: str) -> tuple[int, str]:
    answer = client.get(way_back(client, **given))
    return answer.status_code, answer.headers.get("Location", "")


def is_inside(client: Client) -> bool:
    return "_auth_user_id" in client.session


def told() -> list[tuple[str, str, str]]:
    return list(AuditRecord.objects.order_by("number").values_list("action", "target", "outcome"))
