"""``manage.py import_blocklist``."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler
from io import StringIO
from threading import Event

import pytest
from django.core.management import CommandError, call_command

from banguard.agent.memory import MemoryAgent
from banguard.blocklists.models import Source
from tests.blocklists.conftest import Feed

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_imports_by_name_or_id_and_says_how_it_went(
    agent: MemoryAgent, feed: Feed, source: Source, capsys: pytest.CaptureFixture[str]
) -> None:
    feed.serve("203.0.113.7")
    call_command("import_blocklist", "feed")
    assert "feed: succeeded; 1 read, 0 rejected, 1 after merging, 1 added, 0 removed" in capsys.readouterr().out
    call_command("import_blocklist", str(source.pk))
    assert "unchanged" in capsys.readouterr().out


class Terminal(StringIO):
    """``seen`` is set once a stage that lasts was drawn."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = Event()

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if "fetching" in text:
            self.seen.set()
        return super().write(text)


def test_a_terminal_shows_how_far_it_is(agent: MemoryAgent, feed: Feed, source: Source) -> None:
    terminal = Terminal()

    def slowly(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", "24")
        request.end_headers()
        request.wfile.write(b"203.0.113.7\n")
        assert terminal.seen.wait(60)
        request.wfile.write(b"203.0.113.9\n")

    feed.answer = slowly
    call_command("import_blocklist", "feed", stderr=terminal)
    assert "] " in terminal.getvalue()
    assert source.entries.count() == 2


def test_what_goes_wrong_is_a_sentence(agent: MemoryAgent, feed: Feed, source: Source) -> None:
    with pytest.raises(CommandError, match="no source"):
        call_command("import_blocklist", "nosuch")
    feed.serve(status=500)
    with pytest.raises(CommandError, match="answered 500"):
        call_command("import_blocklist", "feed")
