from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from structlog.testing import capture_logs

from banguard.accounts import selectors, services
from banguard.accounts.chain import plain
from banguard.accounts.models import AuditHead, AuditRecord, Person
from banguard.accounts.values import Outcome, Role
from banguard.core.errors import AgentUnreachable, Conflict
from tests.conftest import PASSWORD, Api

PAGE = "/audit/"


def last() -> AuditRecord:
    return AuditRecord.objects.latest("number")


def sql(statement: str) -> None:
    """As somebody would who has the database: with the refusal switched off."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_auditrecord DISABLE TRIGGER audit_append_only")
        cursor.execute(statement)


@pytest.fixture
def three(db: None) -> None:
    for name in ("one", "two", "three"):
        services.record(action="ban", target=name, after={"jail": "sshd", "deep": [1, {"ratio": 0.1}]})


def test_a_ban_is_told_before_and_after(api: Api, agent: object) -> None:
    answer = api.post("/bans", addresses=["203.0.113.7"], jail="sshd")
    begun, done = AuditRecord.objects.filter(action="ban").order_by("number")
    assert (begun.outcome, done.outcome) == (Outcome.BEGUN, Outcome.DONE)
    assert done.after == {"addresses": ["203.0.113.7"], "jail": "sshd", "count": 1}
    assert (done.who, done.address) == ("token test", "127.0.0.1")
    assert done.request_id == answer.headers["X-Request-ID"]


def test_a_ban_that_may_not_be_is_told_with_its_reason(api: Api, agent: object) -> None:
    api.post("/bans", addresses=["127.0.0.1"], jail="sshd")
    assert (last().outcome, last().detail.partition(":")[0]) == (Outcome.REFUSED, "address_protected")


def test_a_change_of_a_source_is_told_field_by_field_and_without_its_secret(api: Api) -> None:
    made = api.post("/blocklists/sources", name="drop", url="https://me:hunter2@lists.example.org/x?key=s3cret").json()
    assert "hunter2" not in str(last().after)
    assert "s3cret" not in str(last().after)
    api.patch(f"/blocklists/sources/{made['id']}", enabled=False)
    assert (last().action, last().before, last().after) == ("source.change", {"enabled": True}, {"enabled": False})
    api.delete(f"/blocklists/sources/{made['id']}")
    assert (last().action, last().target) == ("source.delete", "drop")


def test_what_changes_nothing_is_not_told(api: Api) -> None:
    made = api.post("/blocklists/sources", name="drop", url="https://lists.example.org/x").json()
    before = last().number
    api.patch(f"/blocklists/sources/{made['id']}", enabled=True)
    assert last().number == before


def test_signing_in_and_out_is_told_also_when_it_fails(client: Client, viewer: Person) -> None:
    client.post("/sign-in", {"username": "viewer", "password": "wrong"})
    assert (last().action, last().target, last().outcome) == ("sign_in", "viewer", Outcome.REFUSED)
    assert last().who == "somebody unknown"
    client.post("/sign-in", {"username": "viewer", "password": PASSWORD})
    assert (last().action, last().who, last().outcome) == ("sign_in", "viewer", Outcome.DONE)
    client.post("/sign-out")
    assert last().action == "sign_out"


def test_a_refused_attempt_is_told(api_with: Callable[..., Api], client: Client, viewer: Person) -> None:
    api_with("read").post("/bans", addresses=["203.0.113.7"])
    assert (last().action, last().target, last().detail) == ("refused", "ban", "POST /api/v1/bans")
    client.force_login(viewer)
    client.get(PAGE)
    assert (last().who, last().person_id, last().detail) == ("viewer", viewer.pk, "GET /audit/")


def test_who_guesses_tokens_cannot_fill_the_trail(db: None) -> None:
    for _ in range(20):
        Api("bg_guess").get("/jails")
    assert AuditRecord.objects.filter(target="token").count() == 5


def test_people_and_tokens_are_told(client: Client, administrator: Person) -> None:
    client.force_login(administrator)
    viewer = services.create_person(username="anna", password=PASSWORD, role=Role.VIEWER)
    given = {"username": "anna", "role": "operator", "is_active": "on"}
    client.post(f"/admin/accounts/person/{viewer.pk}/change/", given)
    assert (last().action, last().before, last().after) == ("person.change", {"role": "viewer"}, {"role": "operator"})
    token, _ = services.create_token(name="export", scopes={"read"}, days=7, created_by=None)
    assert last().after == {"scopes": ["read"], "days": 7}
    services.revoke_token(token_id=token.pk)
    services.revoke_token(token_id=token.pk)
    assert AuditRecord.objects.filter(action="token.revoke").count() == 1


def test_a_password_is_never_written(client: Client, administrator: Person) -> None:
    client.force_login(administrator)
    given = {"username": "new", "role": "viewer", "password1": PASSWORD, "password2": PASSWORD}
    client.post("/admin/accounts/person/add/", {**given, "usable_password": "true"})
    assert last().action == "person.create"
    assert PASSWORD not in str(list(AuditRecord.objects.values()))


@pytest.mark.parametrize(
    ("error", "outcome"), [(Conflict("taken"), Outcome.REFUSED), (AgentUnreachable("gone"), Outcome.FAILED)]
)
def test_what_goes_wrong_is_told_and_goes_on(db: None, error: Exception, outcome: Outcome) -> None:
    with pytest.raises(type(error)), services.told(action="try", target="it"):
        raise error
    assert last().outcome == outcome


def test_what_nobody_foresaw_is_told_without_its_words_and_goes_on(db: None) -> None:
    with pytest.raises(ValueError, match="hunter2"), services.told(action="try", target="it", outside=True):
        raise ValueError("hunter2")
    begun, failed = AuditRecord.objects.filter(action="try").order_by("number")
    assert (begun.outcome, failed.outcome) == (Outcome.BEGUN, Outcome.FAILED)
    assert failed.detail == "internal_error: ValueError"


def test_an_error_of_the_database_is_not_hidden_by_its_record(db: None) -> None:
    with pytest.raises(DatabaseError, match="nowhere"), transaction.atomic():  # noqa: SIM117
        with services.told(action="try", target="it", outside=True):
            sql("SELECT * FROM nowhere")


@pytest.mark.django_db(transaction=True)
def test_what_is_refused_is_taken_back_and_told() -> None:
    def attempt() -> None:
        with services.told(action="try", target="it"):
            services.create_token(name="export", scopes={"read"}, days=7, created_by=None)
            raise Conflict("taken")

    with pytest.raises(Conflict):
        attempt()
    assert [record.action for record in AuditRecord.objects.all()] == ["try"]
    assert last().outcome == Outcome.REFUSED


@pytest.mark.django_db(transaction=True)
def test_the_log_tells_of_no_record_that_was_taken_back() -> None:
    @transaction.atomic
    def attempt() -> None:
        services.record(action="ban", target="one")
        raise Conflict("taken")

    with capture_logs() as lines:
        with pytest.raises(Conflict):
            attempt()
        services.record(action="ban", target="two")
    assert [(line["target"], line["hash"]) for line in lines if line["event"] == "audit"] == [("two", last().hash)]


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ({"password": "x", "api_key": 7, "name": "y"}, {"password": "•••", "api_key": "•••", "name": "y"}),
        ("https://u:p@h/x?token=1&a=2", "https://•••@h/x?token=•••&a=2"),
        ("nul\x00 \ud800", "nul\\0 \\ud800"),
        ({"ratio": 0.5, "list": ("a", 1, None)}, {"ratio": "0.5", "list": ["a", 1, None]}),
    ],
)
def test_values_are_kept_storable_and_masked(value: Any, kept: Any) -> None:
    assert plain(value) == kept


def test_the_trail_is_whole_when_nobody_touched_it(three: None) -> None:
    found = selectors.verify_audit()
    assert (found.records, found.fault) == (3, None)
    assert found.head == last().hash


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE accounts_auditrecord SET who = 'nobody' WHERE number = 2", "Record 2 was changed."),
        ("""UPDATE accounts_auditrecord SET after = '{"jail": "x"}' WHERE number = 1""", "Record 1 was changed."),
        ("UPDATE accounts_auditrecord SET at = at + interval '1 s' WHERE number = 3", "Record 3 was changed."),
        ("DELETE FROM accounts_auditrecord WHERE number = 2", "Record 2 is missing."),
        ("DELETE FROM accounts_auditrecord WHERE number = 3", "records were removed"),
        ("DELETE FROM accounts_auditrecord", "records were removed"),
    ],
)
def test_whoever_touches_it_is_found_out(three: None, statement: str, fault: str) -> None:
    sql(statement)
    assert fault in (selectors.verify_audit().fault or "")


def test_a_chain_written_anew_lacks_the_hash_that_was_noted(three: None) -> None:
    noted = last().hash
    sql("DELETE FROM accounts_auditrecord")
    AuditHead.objects.all().delete()
    services.record(action="ban", target="other")
    assert selectors.verify_audit().fault is None
    assert "no longer contains" in (selectors.verify_audit(expected=noted).fault or "")


@pytest.mark.parametrize("statement", ["UPDATE accounts_auditrecord SET who = ''", "DELETE FROM accounts_auditrecord"])
def test_the_database_refuses_to_change_or_remove_a_record(three: None, statement: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_many_writers_at_the_same_time_make_one_chain() -> None:
    def write(number: int) -> None:
        try:
            services.record(action="ban", target=number)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(80)))
    assert (selectors.verify_audit().records, selectors.verify_audit().fault) == (80, None)


@pytest.mark.django_db(transaction=True)
def test_a_change_that_does_not_happen_leaves_no_hole(administrator: Person) -> None:
    with transaction.atomic():
        services.record(action="ban", target="undone")
        transaction.set_rollback(True)
    services.record(action="ban", target="done")
    assert selectors.verify_audit().fault is None
    assert not AuditRecord.objects.filter(target="undone").exists()


def test_the_command_proves_it_or_says_what_is_wrong(three: None) -> None:
    out = StringIO()
    call_command("verify_audit", stdout=out)
    assert out.getvalue().splitlines()[-1] == last().hash
    sql("UPDATE accounts_auditrecord SET who = 'nobody' WHERE number = 2")
    with pytest.raises(CommandError, match="after 1 good records"):
        call_command("verify_audit")


def test_the_page_finds_what_is_searched_for(client: Client, administrator: Person, three: None) -> None:
    client.force_login(administrator)
    assert "three" in client.get(PAGE, {"text": "thr"}).content.decode()
    assert "No record fits" in client.get(PAGE, {"text": "four"}).content.decode()
    assert client.get(PAGE, {"action": "made up", "address": "x", "cursor": "y"}).status_code == 302


def test_the_page_says_values_and_programs_as_people_do(client: Client, administrator: Person) -> None:
    services.record(action="ban", target="x in every jail", after={"addresses": ["203.0.113.7"], "must_match": True})
    client.force_login(administrator)
    shown = client.get(PAGE, headers={"accept-language": "de"}).content.decode()
    assert "['203.0.113.7']" not in shown
    assert "</span> ja</div>" in shown
    assert "x in jedem Jail" in shown
    assert "die Kommandozeile oder ein Auftrag" in shown


def test_the_export_has_one_object_per_line(client: Client, administrator: Person, three: None) -> None:
    client.force_login(administrator)
    answer: Any = client.get("/audit/export", {"action": "ban"})
    lines = [json.loads(line) for line in b"".join(answer.streaming_content).decode().splitlines()]
    assert [line["target"] for line in lines] == ["one", "two", "three"]
    assert set(lines[0]) == {field.name for field in AuditRecord._meta.get_fields()}


@pytest.mark.parametrize("query", [{"address": "x"}, {"action": "made up"}, {"outcome": "never"}])
def test_an_export_that_cannot_be_read_is_refused(
    client: Client, administrator: Person, three: None, query: dict[str, str]
) -> None:
    client.force_login(administrator)
    answer = client.get("/audit/export", query)
    assert (answer.status_code, answer.streaming) == (422, False)


def test_the_api_pages_through_it(api: Api, three: None) -> None:
    first = api.get("/audit", page_size=2, action="ban").json()
    second = api.get("/audit", page_size=2, action="ban", cursor=first["pagination"]["next_cursor"]).json()
    assert [row["target"] for row in first["data"] + second["data"]] == ["three", "two", "one"]


def test_only_administrators_see_it(api_with: Callable[..., Api], client: Client, operator: Person) -> None:
    assert api_with("read", "ban", "import", "configure").get("/audit").status_code == 403
    client.force_login(operator)
    assert (client.get(PAGE).status_code, client.get("/audit/export").status_code) == (403, 403)


@pytest.mark.parametrize("moment", ["8785-10-15T16:28:50-20:21", "1970-01-01T00:00:00+23:59", "2026-01-01T00:00:00Z"])
def test_a_time_of_any_zone_can_be_asked_for(api: Api, moment: str) -> None:
    assert api.get("/audit", since=moment, until=moment).status_code == 200
