"""History made for reading: narrow indexes for every filter, and counts that PostgreSQL keeps by itself.

Docs/Backend-Development.md, "Database performance", explains the tables and functions that are made here.
"""

from datetime import UTC, datetime

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import netfields.fields
from django.conf import settings
from django.db import migrations, models

# The network of one of two lengths around an address; what is wider than that stands for itself, so that a
# search finds banned networks too.
NETWORK = """
CREATE FUNCTION history_network(address cidr, four int, six int) RETURNS cidr
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT set_masklen(address, least(masklen(address), CASE family(address) WHEN 4 THEN four ELSE six END))
$$;
"""

# A log line is words between punctuation, not language. Beside them stand four that no line can hold: the
# hour, the day, and 32 and 512 days that the ban was made in. So the index finds a word within a stretch of
# time, and the newest page of a word that stands in every line reads an hour instead of ten million rows.
# Both are whole in themselves: PostgreSQL builds indexes with none but its own functions in reach.
PLAIN = r"""translate({text}, E'/\\.:;,-=()[]{{}}<>"\'`@#&?!|+*%$~^\t', repeat(' ', 33))"""
WINDOWS = ", ".join(
    rf"E'\x01{seconds}/' || floor(extract(epoch FROM moment) / {seconds})::bigint"
    for seconds in (3_600, 86_400, 2_764_800, 44_236_800)
)
WORDS = f"""
CREATE FUNCTION history_words(lines text[], moment timestamptz) RETURNS tsvector
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 500 AS $$
    SELECT to_tsvector('simple', {PLAIN.format(text="left(array_to_string(lines, ' '), 100000)")})
        || array_to_tsvector(ARRAY[{WINDOWS}])
$$;
CREATE FUNCTION history_query(words text) RETURNS tsquery LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT plainto_tsquery('simple', {PLAIN.format(text="words")})
$$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("history", "0002_cursor_mark"),
        ("servers", "0001_servers_statuses"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(NETWORK + WORDS),
        migrations.CreateModel(
            name="Address",
            fields=[
                ("address", netfields.fields.CidrAddressField(max_length=43, primary_key=True, serialize=False)),
                ("first_seen", models.DateTimeField()),
                ("last_seen", models.DateTimeField()),
                ("bans", models.BigIntegerField()),
                (
                    "countries",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=2), size=None),
                ),
            ],
            options={
                "verbose_name_plural": "addresses",
            },
        ),
        migrations.CreateModel(
            name="Ranked",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "grain", "period", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("grain", models.CharField(db_collation="C", max_length=1)),
                ("period", models.DateTimeField()),
            ],
            options={
                "verbose_name_plural": "ranked",
            },
        ),
        migrations.CreateModel(
            name="Retained",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateTimeField()),
            ],
            options={
                "verbose_name_plural": "retained",
            },
        ),
        migrations.CreateModel(
            name="SavedSearch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60)),
                ("query", models.CharField(max_length=1000)),
            ],
            options={
                "verbose_name_plural": "saved searches",
            },
        ),
        migrations.CreateModel(
            name="Standing",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "server",
                        "jail",
                        "country",
                        "origin",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("server", models.IntegerField()),
                ("jail", models.CharField(db_collation="C", max_length=64)),
                ("country", models.CharField(db_collation="C", max_length=2)),
                ("origin", models.CharField(db_collation="C", max_length=16)),
                ("count", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Tally",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "grain",
                        "dimensions",
                        "server",
                        "jail",
                        "country",
                        "origin",
                        "period",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("grain", models.CharField(db_collation="C", max_length=1)),
                ("dimensions", models.SmallIntegerField()),
                ("server", models.IntegerField()),
                ("jail", models.CharField(db_collation="C", max_length=64)),
                ("country", models.CharField(db_collation="C", max_length=2)),
                ("origin", models.CharField(db_collation="C", max_length=16)),
                ("period", models.DateTimeField()),
                ("count", models.BigIntegerField()),
            ],
            options={
                "verbose_name_plural": "tallies",
            },
        ),
        migrations.CreateModel(
            name="Top",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "kind",
                        "grain",
                        "period",
                        "value",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("address", "address"), ("network", "network"), ("asn", "asn")],
                        db_collation="C",
                        max_length=8,
                    ),
                ),
                ("grain", models.CharField(db_collation="C", max_length=1)),
                ("period", models.DateTimeField()),
                ("value", models.CharField(db_collation="C", max_length=43)),
                ("count", models.BigIntegerField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="ban",
            name="ban_once",
        ),
        migrations.RemoveIndex(
            model_name="ban",
            name="ban_newest",
        ),
        migrations.RemoveIndex(
            model_name="ban",
            name="ban_jail_newest",
        ),
        migrations.RemoveIndex(
            model_name="ban",
            name="ban_origin_newest",
        ),
        migrations.RemoveIndex(
            model_name="ban",
            name="ban_address",
        ),
        migrations.AddField(
            model_name="banmatches",
            name="banned_at",
            field=models.DateTimeField(default=datetime.fromtimestamp(0, UTC)),
            preserve_default=False,
        ),
        migrations.AlterField(
            model_name="ban",
            name="country",
            field=models.CharField(blank=True, db_collation="C", max_length=2),
        ),
        migrations.AlterField(
            model_name="ban",
            name="jail",
            field=models.CharField(db_collation="C", max_length=64),
        ),
        migrations.AlterField(
            model_name="ban",
            name="lift_reason",
            field=models.CharField(
                blank=True,
                choices=[("manual", "manual"), ("blocklist", "blocklist"), ("expired", "expired")],
                max_length=16,
            ),
        ),
        migrations.AlterField(
            model_name="ban",
            name="origin",
            field=models.CharField(
                choices=[("jail", "jail"), ("manual", "manual"), ("blocklist", "blocklist")],
                db_collation="C",
                max_length=16,
            ),
        ),
        migrations.AlterField(
            model_name="ban",
            name="server",
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="servers.server"),
        ),
        migrations.AddField(
            model_name="savedsearch",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="saved_searches", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddIndex(
            model_name="tally",
            index=models.Index(fields=["grain", "dimensions", "period"], name="tally_period"),
        ),
        migrations.AddConstraint(
            model_name="savedsearch",
            constraint=models.UniqueConstraint(fields=("person", "name"), name="saved_search_once"),
        ),
    ]
