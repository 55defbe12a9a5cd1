"""``manage.py import_blocklist``."""

from __future__ import annotations

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


def test_what_goes_wrong_is_a_sentence(agent: MemoryAgent, feed: Feed, source: Source) -> None:
    with pytest.raises(CommandError, match="no source"):
        call_command("import_blocklist", "nosuch")
    feed.serve(status=500)
    with pytest.raises(CommandError, match="answered 500"):
        call_command("import_blocklist", "feed")
