"""A page of a network where bans are rare: the stretch of time that may hold it can be longer than time is known."""

import importlib

from django.db import migrations

near = importlib.import_module("banguard.history.migrations.0012_near_pages")

UP_TO = "edge := CASE WHEN round < {rounds} THEN coalesce(from_moment + stretch, endless) ELSE endless END;"
CENTURY = "interval '100 years'"  # a longer one is as good as all that there is
BEFORE = UP_TO.format(rounds=near.ROUNDS)
AFTER = BEFORE.replace("THEN coalesce", f"AND (stretch BETWEEN -{CENTURY} AND {CENTURY}) IS NOT FALSE THEN coalesce")
if BEFORE not in near.PAGE:
    raise RuntimeError("migration 0012 reads otherwise than this one knows it")


class Migration(migrations.Migration):
    dependencies = [("history", "0013_ingest_in_order")]

    operations = [migrations.RunSQL(near.PAGE.replace(BEFORE, AFTER))]
