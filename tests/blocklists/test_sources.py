"""What a source may be: its secrets, its schedule, its provider's patience, and lists that come by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models.functions import Now
from django.utils import timezone

from banguard.accounts.models import AuditRecord
from banguard.accounts.values import Outcome
from banguard.agent.memory import MemoryAgent
from banguard.agent.verbs import BLOCKLIST_JAIL
from banguard.blocklists.catalogue import CATALOGUE
from banguard.blocklists.models import Source
from banguard.blocklists.services import clock, headers, sources
from banguard.blocklists.services.sources import Given
from banguard.blocklists.values import State
from banguard.core import timetable
from banguard.core.errors import Conflict, FeedRefused, FeedTooSoon, InvalidInput
from tests.blocklists.conftest import Feed, run_of

pytestmark = pytest.mark.django_db(transaction=True)


def make(**values: object) -> Source:
    return sources.create(**{"name": "one", "url": "https://example.com/", **values})  # type: ignore[arg-type]


def test_a_secret_header_is_sealed_sent_and_told_to_nobody(agent: MemoryAgent, feed: Feed) -> None:
    source = make(url=feed.url, secrets={"Key": "hush-hush"})
    assert (source.header_names, "hush" in source.sealed_headers) == (["Key"], False)
    feed.serve("203.0.113.7")
    run_of(source)
    assert feed.seen[0]["Key"] == "hush-hush"
    told = [str(values) for values in AuditRecord.objects.values_list("before", "after", "detail", "target")]
    assert "hush" not in "".join(told)


def test_what_is_refused_is_told_with_its_reason_and_without_its_secret() -> None:
    source = make()
    with pytest.raises(Conflict):
        make(secrets={"Key": "hush-hush"})
    with pytest.raises(InvalidInput):
        sources.change(source_id=source.pk, schedule="never", secrets={"Key": "hush-hush"})
    created, changed = AuditRecord.objects.filter(outcome=Outcome.REFUSED).order_by("number")
    assert (created.action, created.target) == ("source.create", "one")
    assert created.detail.startswith("conflict: ")
    assert (changed.action, changed.target) == ("source.change", "one")
    assert changed.detail == "invalid_input: Some fields cannot be used: schedule."


def test_a_secret_survives_the_rotation_of_the_key(settings: Any) -> None:
    source = make(secrets={"Key": "hush"})
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 50, [settings.SECRET_KEY]
    assert headers.of(source) == {"Key": "hush"}
    headers.seal_anew(keys=[settings.SECRET_KEY])
    settings.SECRET_KEY_FALLBACKS = []
    source.refresh_from_db()
    assert headers.of(source) == {"Key": "hush"}


@pytest.mark.parametrize("step", ["--drop-previous", "--leaked"])
def test_the_command_that_drops_keys_seals_anew(settings: Any, tmp_path: Any, monkeypatch: Any, step: str) -> None:
    source = make(secrets={"Key": "hush"})
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 50, [settings.SECRET_KEY]
    place = tmp_path / "keys"
    place.write_text("irrelevant")
    monkeypatch.delenv("BANGUARD_SECRET_KEYS", raising=False)
    monkeypatch.setenv("BANGUARD_SECRET_KEYS_FILE", str(place))
    call_command("rotate_secret_key", step)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = place.read_text(), []
    source.refresh_from_db()
    assert headers.of(source) == {"Key": "hush"}


def test_a_secret_whose_key_is_gone_must_be_entered_again(settings: Any) -> None:
    source = make(secrets={"Key": "hush"})
    settings.SECRET_KEY = "m" * 50
    with pytest.raises(FeedRefused, match="enter them again"):
        headers.of(source)
    assert headers.of(sources.change(source_id=source.pk, secrets={"Key": "new"})) == {"Key": "new"}
    assert headers.of(sources.change(source_id=source.pk, secrets={})) == {}


@pytest.mark.parametrize(
    "secrets",
    [
        *({"Host": "x"}, {"a b": "x"}, {"": "x"}, {"Key": ""}, {"Key": "a\nb"}, {"Key": "é"}, {"Key": "x" * 5_000}),
        {f"k{number}": "x" for number in range(11)},
    ],
)
def test_a_header_that_cannot_be_sent_is_refused(secrets: dict[str, str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        make(secrets=secrets)
    assert "headers" in refused.value.details["fields"]  # type: ignore[operator]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"schedule": "every 0m"}, "schedule"),
        ({"schedule": "every 9x"}, "schedule"),
        ({"schedule": "every 30m", "min_interval": 3_600}, "schedule"),
        ({"schedule": "*/5 * * * *", "min_interval": 3_600}, "schedule"),
        ({"schedule": "0 4 * * *", "zone": "Mars/Base"}, "zone"),
        ({"zone": "../../etc/passwd"}, "zone"),
        ({"widest4": 0}, "widest4"),
        ({"max_bytes": 1}, "max_bytes"),
        ({"jitter": 10**6}, "jitter"),
        ({"url": ""}, "url"),
        ({"url": "ftp://lists.example/drop.txt"}, "url"),
    ],
)
def test_what_a_source_cannot_be_is_refused_by_field(wrong: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        make(**wrong)
    assert field in refused.value.details["fields"]  # type: ignore[operator]


def test_a_schedule_follows_its_zone_through_the_change_of_the_clocks() -> None:
    spring = datetime(2026, 3, 28, 12, tzinfo=UTC)
    first = timetable.next_time("30 4 * * *", "Europe/Berlin", spring)
    assert first == datetime(2026, 3, 29, 2, 30, tzinfo=UTC)
    assert timetable.next_time("30 4 * * *", "Europe/Berlin", spring - timedelta(days=1)).hour == 3
    assert timetable.shortest_gap("0,10 4 * * *", "UTC") == timedelta(minutes=10)


def test_a_start_is_spread_by_jitter_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    source, now = make(schedule="every 1h", jitter=600), timezone.now()
    times = {clock.due_at(source, now=now) for _ in range(50)}
    assert all(timedelta(hours=1) <= time - now <= timedelta(hours=1, seconds=600) for time in times if time)
    assert len(times) > 40


def test_failures_wait_longer_and_longer_and_a_server_is_heeded(agent: MemoryAgent, feed: Feed) -> None:
    source = make(url=feed.url, schedule="every 1m")
    feed.serve(status=500)
    for _ in range(3):
        run_of(source)
    source.refresh_from_db()
    assert source.failures == 3
    assert source.due_at is not None
    assert timedelta(minutes=19) < source.due_at - timezone.now() < timedelta(minutes=21)
    feed.serve(status=429, Retry_After="90000")
    assert run_of(source).error_code == "feed_throttled"
    source.refresh_from_db()
    assert source.due_at - timezone.now() > timedelta(hours=24)


def test_its_provider_is_not_asked_too_often(agent: MemoryAgent, feed: Feed) -> None:
    source = make(url=feed.url, min_interval=3_600)
    feed.serve("203.0.113.7")
    run_of(source)
    with pytest.raises(FeedTooSoon) as refused:
        run_of(source)
    assert 3_500 < refused.value.details["retry_after"] <= 3_601  # type: ignore[operator]
    Source.objects.update(asked_at=Now() - timedelta(hours=1))
    assert run_of(source).state == State.UNCHANGED
    assert len(feed.seen) == 2


@pytest.mark.parametrize(
    ("given", "kind"), [(Given(b"203.0.113.7", "bad.txt"), "upload"), (Given(b"203.0.113.7"), "text")]
)
def test_a_list_that_is_given_by_hand_is_imported(agent: MemoryAgent, given: Given, kind: str) -> None:
    source = sources.create(name="by hand", given=given)
    assert source.kind == kind
    assert run_of(source).state == State.SUCCEEDED
    sources.change(source_id=source.pk, given=Given(b"203.0.113.9"))
    assert run_of(source).removed == 1
    assert set(agent.fail2ban.banned(BLOCKLIST_JAIL)) == {"203.0.113.9"}


def test_content_that_has_not_changed_is_not_even_read(agent: MemoryAgent, feed: Feed, source: Source) -> None:
    feed.serve("203.0.113.7")
    run_of(source)
    again = run_of(source)
    assert (again.state, again.entries_read, again.kept) == (State.UNCHANGED, 0, 1)
    sources.change(source_id=source.pk, format="plain")
    assert run_of(source).entries_read == 1


@pytest.mark.parametrize("feed", CATALOGUE, ids=lambda feed: feed.slug)
def test_every_feed_of_the_catalogue_can_be_a_source(feed: Any) -> None:
    make(
        name=feed.name,
        url=feed.url,
        format=feed.format,
        schedule=feed.schedule,
        min_interval=feed.min_interval,
        may_be_empty=feed.may_be_empty,
    )
