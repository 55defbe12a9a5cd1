"""The migrations are all there, and each is named for what it does."""

from __future__ import annotations

import re

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.models import Model

OURS = {app.label: app.name for app in apps.get_app_configs() if app.name.startswith("banguard.")}


@pytest.mark.django_db
def test_no_change_of_a_model_lacks_its_migration() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_migrations_are_named_by_hand_and_follow_one_another() -> None:
    loader = MigrationLoader(None)
    for label in OURS:
        names = sorted(name for app, name in loader.disk_migrations if app == label)
        assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1)), label
        for name in names:
            assert re.fullmatch(r"\d{4}_[a-z0-9_]+", name)
            assert not re.search(r"auto|initial|alter_.*_and_|and_more", name), name


@pytest.mark.django_db
def test_every_index_and_constraint_is_named_by_us() -> None:
    models: list[type[Model]] = [model for label in OURS for model in apps.get_app_config(label).get_models()]
    for model in models:
        for index in model._meta.indexes:
            assert not re.search(r"_[0-9a-f]{6}_idx$", index.name), index.name


@pytest.mark.django_db
def test_the_database_is_what_the_migrations_make() -> None:
    tables = set(connection.introspection.table_names())
    for label in OURS:
        for model in apps.get_app_config(label).get_models():
            assert model._meta.db_table in tables
