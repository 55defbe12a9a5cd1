"""Migrations run while the version before them serves."""

from __future__ import annotations

import json

import pytest
from django.apps import apps
from django.db import migrations, models
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation

from tests.upgrade.rules import broken
from tests.upgrade.test_upgrade import VERSIONS

OURS = {app.label for app in apps.get_app_configs() if app.name.startswith("banguard.")}


def since_the_last_release() -> list[Migration]:
    """Those that no released version has; none while nothing has been released."""
    released = [json.loads(version.read_text()) for version in VERSIONS]
    old = [found["migrations"] for found in released if found["released"]]
    loader = MigrationLoader(None)
    if not old:
        return []
    known = {node for last in old for app, name in last.items() for node in loader.graph.forwards_plan((app, name))}
    return [one for node, one in loader.disk_migrations.items() if node[0] in OURS and node not in known]


def test_no_migration_breaks_the_version_before_it() -> None:
    assert [fault for one in since_the_last_release() for fault in broken(one)] == []


def migration(operation: Operation, **attributes: object) -> Migration:
    made = Migration("0009_change", "history")
    made.operations = [operation]
    for name, value in attributes.items():
        setattr(made, name, value)
    return made


@pytest.mark.parametrize(
    ("operation", "told"),
    [
        (migrations.RemoveField("ban", "asn"), "one version later"),
        (migrations.RenameField("ban", "asn", "network"), "one version later"),
        (migrations.DeleteModel("Cursor"), "one version later"),
        (migrations.AddIndex("ban", models.Index(fields=["asn"], name="ban_asn")), "AddIndexConcurrently"),
        (migrations.AddField("ban", "note", models.TextField(default="")), "db_default"),
    ],
)
def test_what_would_break_it_is_told_with_its_cure(operation: Operation, told: str) -> None:
    (fault,) = broken(migration(operation))
    assert told in fault


@pytest.mark.parametrize(
    "operation",
    [
        migrations.AddField("ban", "note", models.TextField(db_default="")),
        migrations.AddField("ban", "note", models.TextField(null=True)),
        migrations.AddIndex("cursor", models.Index(fields=["rowid"], name="cursor_rowid")),
        migrations.CreateModel("Other", fields=[("id", models.BigAutoField(primary_key=True))]),
    ],
)
def test_what_only_adds_is_allowed(operation: Operation) -> None:
    assert list(broken(migration(operation))) == []


def test_what_is_no_longer_used_may_go() -> None:
    assert list(broken(migration(migrations.RemoveField("ban", "asn"), removes="1.2.0"))) == []
