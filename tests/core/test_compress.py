"""What is sent compressed: pages, to browsers that can read it."""

from __future__ import annotations

import gzip

import pytest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import RequestFactory

from banguard.core.middleware import CompressPages

WORDS = b"<p>the same words again</p>" * 100


def sent(answer: HttpResponseBase, accepted: str = "gzip") -> HttpResponseBase:
    request: HttpRequest = RequestFactory().get("/", headers={"Accept-Encoding": accepted})
    return CompressPages(lambda _request: answer)(request)  # type: ignore[return-value]


def test_a_page_is_a_fraction_of_itself_and_says_so_to_caches() -> None:
    answer = sent(HttpResponse(WORDS))
    assert isinstance(answer, HttpResponse)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert len(answer.content) < len(WORDS) / 5
    assert gzip.decompress(answer.content) == WORDS


@pytest.mark.parametrize(
    "answer",
    [
        HttpResponse(WORDS, content_type="application/json"),
        StreamingHttpResponse([WORDS], content_type="text/html"),
        StreamingHttpResponse([WORDS], content_type="text/csv"),
    ],
)
def test_what_is_no_page_or_does_not_end_soon_goes_as_it_is(answer: HttpResponseBase) -> None:
    assert "Content-Encoding" not in sent(answer).headers


def test_nobody_gets_what_they_cannot_read() -> None:
    assert "Content-Encoding" not in sent(HttpResponse(WORDS), accepted="br").headers


def test_two_answers_with_the_same_words_differ_in_length() -> None:
    answers = [sent(HttpResponse(WORDS)) for _ in range(40)]
    assert len({len(answer.content) for answer in answers if isinstance(answer, HttpResponse)}) > 1
