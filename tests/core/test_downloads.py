"""Exports take half of a process's threads at most, and give each back however they end."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest
from django.core.signals import request_finished
from django.db import close_old_connections
from django.http import HttpRequest
from django.test import Client, RequestFactory

from banguard.accounts.models import Person
from banguard.core import downloads
from banguard.core.downloads import Download
from banguard.core.errors import DownloadsBusy


@pytest.fixture(autouse=True)
def four_threads() -> Iterator[None]:
    downloads.share(4)
    request_finished.disconnect(close_old_connections)  # the test's own connection stays, as Django's client has it
    yield
    request_finished.connect(close_old_connections)
    downloads.share(4)


def download() -> Download:
    request: HttpRequest = RequestFactory().get("/")
    return Download(request, iter(["one\n", "two\n"]), name="some.csv", content_type="text/csv")


def test_no_more_than_half_of_the_threads_send_one() -> None:
    sent = [download(), download()]
    with pytest.raises(DownloadsBusy) as refused:
        download()
    assert refused.value.details["retry_after"] == downloads.RETRY_AFTER
    sent.pop().close()
    assert b"".join(download()) == b"one\ntwo\n"


def test_one_thread_is_enough_for_one() -> None:
    downloads.share(1)
    first = download()
    with pytest.raises(DownloadsBusy):
        download()
    first.close()


def test_a_place_is_given_back_once_even_where_no_line_was_asked_for() -> None:
    for _ in range(5):
        answer = download()
        answer.close()
        answer.close()
    for _ in range(5):
        download()  # dropped by whatever failed between here and the server
    kept = [download(), download()]
    with pytest.raises(DownloadsBusy):
        download()
    assert len(kept) == 2


def test_a_reader_who_takes_nothing_loses_its_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "STALLED", 1)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        downloads.lose_stalled({"gunicorn.socket": ours})
        begun = time.monotonic()
        with pytest.raises(BlockingIOError):
            ours.sendall(b"x" * 10_000_000)
        assert 0.9 < time.monotonic() - begun < 5


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["/history/export.csv", "/history/export.jsonl", "/audit/export"])
def test_the_page_says_what_to_do(page: str, administrator: Person) -> None:
    client, taken = Client(), [download(), download()]
    client.force_login(administrator)
    refused = client.get(page)
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, str(downloads.RETRY_AFTER))
    assert "Wait until one has ended" in refused.content.decode()
    taken.clear()
    assert client.get(page).status_code == 200


@pytest.mark.django_db
def test_the_page_is_told_how_far_a_file_is(viewer: Person, client: Client) -> None:
    client.force_login(viewer)
    told = {"told": "0123456789abcdef" * 2}
    assert client.get("/downloads/", told).json() == {"lines": 0, "ended": False, "stopped": False}
    answer = client.get("/history/export.csv", told)
    assert client.get("/downloads/", told).json() == {"lines": 0, "ended": False, "stopped": False}
    lines = b"".join(answer).count(b"\n")  # type: ignore[arg-type]
    assert client.get("/downloads/", told).json() == {"lines": lines, "ended": True, "stopped": False}


@pytest.mark.django_db
def test_a_file_that_was_cut_off_is_told_as_that_and_to_nobody_else(viewer: Person, administrator: Person) -> None:
    request = RequestFactory().get("/", {"told": "0123456789abcdef" * 2})
    request.user = viewer
    sent = Download(request, iter(["one\n", "two\nthree\n"]), name="some.csv", content_type="text/csv")
    assert next(iter(sent)) == b"one\n"
    sent.close()
    assert downloads.progress_of(request).stopped
    request.user = administrator
    assert downloads.progress_of(request) == downloads.Progress()


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["", "x", "../" * 10, "0" * 33, "0" * 31 + "\x00", "٣" * 32])
def test_a_name_that_is_none_is_told_nothing(name: str, viewer: Person) -> None:
    request = RequestFactory().get("/", {"told": name})
    request.user = viewer
    Download(request, iter(["one\n"]), name="some.csv", content_type="text/csv").close()
    assert downloads.progress_of(request) == downloads.Progress()
