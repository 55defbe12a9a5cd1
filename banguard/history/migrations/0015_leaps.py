"""A page of words leaps over time without any ban: one that is dated years ahead no longer costs every search."""

import importlib

from django.db import migrations

ingest = importlib.import_module("banguard.history.migrations.0013_ingest_in_order")

BEFORE = "        tries := tries + 1;\n"
AFTER = f"""{BEFORE}        IF found = 0 THEN
            edge := CASE WHEN newest_first
                THEN (SELECT extract(epoch FROM max(ban.banned_at)) + 0.000001 FROM history_ban AS ban
                      WHERE ban.banned_at < to_timestamp(edge))
                ELSE (SELECT extract(epoch FROM min(ban.banned_at)) FROM history_ban AS ban
                      WHERE ban.banned_at >= to_timestamp(edge)) END;
        END IF;
"""
if ingest.WORDS.count(BEFORE) != 1:
    raise RuntimeError("migration 0013 reads otherwise than this one knows it")


class Migration(migrations.Migration):
    dependencies = [("history", "0014_far_pages")]

    operations = [migrations.RunSQL(ingest.WORDS.replace(BEFORE, AFTER))]
