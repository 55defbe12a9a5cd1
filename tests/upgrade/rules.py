"""What a migration may do while the version before it still serves."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.migrations import Migration
from django.db.migrations.operations import (
    AddField,
    AddIndex,
    AlterModelTable,
    DeleteModel,
    RemoveField,
    RenameField,
    RenameModel,
)
from django.db.migrations.operations.base import Operation

# Tables that may have millions of rows: an index on them is built concurrently.
BIG = {"ban", "banmatches", "entry"}
GONE = (RemoveField, DeleteModel, RenameField, RenameModel, AlterModelTable)


def broken(migration: Migration) -> Iterator[str]:
    """What the version before would stumble over, one sentence each.

    A migration may take away what the version before it no longer uses: it says so by ``removes = "1.2.0"``, the
    version that stopped using it.
    """
    for operation in migration.operations:
        reason = _reason(operation)
        if reason and not getattr(migration, "removes", None):
            yield f"{migration.app_label}.{migration.name}: {operation.describe()}: {reason}"


def _reason(operation: Operation) -> str | None:
    if isinstance(operation, GONE):
        return "the version before still asks for it; take it away one version later"
    if isinstance(operation, AddIndex) and operation.model_name.lower() in BIG:
        return "it locks a big table; use AddIndexConcurrently in a migration with atomic = False"
    if isinstance(operation, AddField) and not _may_be_left_out(operation):
        return "the version before writes rows without it; give it a db_default or null=True"
    return None


def _may_be_left_out(operation: AddField) -> bool:
    field = operation.field
    return bool(field.null or field.has_db_default() or field.many_to_many)
