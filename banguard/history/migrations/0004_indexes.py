"""One index for each way to narrow the list of bans."""

import django.contrib.postgres.indexes
import netfields.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("history", "0003_reading")]

    operations = [
        migrations.AddIndex(
            model_name="ban",
            index=models.Index(fields=["banned_at", "id"], name="ban_newest"),
        ),
        migrations.AddIndex(
            model_name="ban",
            index=models.Index(fields=["jail", "banned_at", "id"], name="ban_jail_newest"),
        ),
        migrations.AddIndex(
            model_name="ban",
            index=models.Index(fields=["origin", "banned_at", "id"], name="ban_origin_newest"),
        ),
        migrations.AddIndex(
            model_name="ban",
            index=models.Index(fields=["country", "banned_at", "id"], name="ban_country_newest"),
        ),
        migrations.AddIndex(
            model_name="ban",
            index=models.Index(fields=["server", "banned_at", "id"], name="ban_server_newest"),
        ),
        migrations.AddIndex(
            model_name="ban",
            index=models.Index(
                condition=models.Q(("asn__isnull", False)), fields=["asn", "banned_at", "id"], name="ban_asn_newest"
            ),
        ),
        migrations.AddIndex(
            model_name="ban",
            index=models.Index(
                condition=models.Q(("lifted_at__isnull", True)), fields=["banned_at", "id"], name="ban_open_newest"
            ),
        ),
        migrations.AddIndex(
            model_name="ban",
            index=models.Index(
                condition=models.Q(("lifted_at__isnull", True), _negated=True),
                fields=["banned_at", "id"],
                name="ban_ended_newest",
            ),
        ),
        migrations.AddIndex(
            model_name="ban",
            index=models.Index(
                condition=models.Q(("ban_count__gte", 2)), fields=["banned_at", "id"], name="ban_repeat_2"
            ),
        ),
        migrations.AddIndex(
            model_name="ban",
            index=models.Index(
                condition=models.Q(("ban_count__gte", 5)), fields=["banned_at", "id"], name="ban_repeat_5"
            ),
        ),
        migrations.AddIndex(
            model_name="ban",
            index=models.Index(
                condition=models.Q(("ban_count__gte", 20)), fields=["banned_at", "id"], name="ban_repeat_20"
            ),
        ),
        migrations.AddIndex(
            model_name="ban",
            index=models.Index(
                condition=models.Q(("ban_count__gte", 100)), fields=["banned_at", "id"], name="ban_repeat_100"
            ),
        ),
        migrations.AddIndex(
            model_name="ban",
            index=models.Index(
                models.Func(
                    models.F("address"),
                    models.Value(8),
                    models.Value(32),
                    function="history_network",
                    output_field=netfields.fields.CidrAddressField(max_length=43),
                ),
                models.F("banned_at"),
                models.F("id"),
                name="ban_network_0",
            ),
        ),
        migrations.AddIndex(
            model_name="ban",
            index=models.Index(
                models.Func(
                    models.F("address"),
                    models.Value(16),
                    models.Value(48),
                    function="history_network",
                    output_field=netfields.fields.CidrAddressField(max_length=43),
                ),
                models.F("banned_at"),
                models.F("id"),
                name="ban_network_1",
            ),
        ),
        migrations.AddIndex(
            model_name="ban",
            index=models.Index(
                models.Func(
                    models.F("address"),
                    models.Value(24),
                    models.Value(64),
                    function="history_network",
                    output_field=netfields.fields.CidrAddressField(max_length=43),
                ),
                models.F("banned_at"),
                models.F("id"),
                name="ban_network_2",
            ),
        ),
        migrations.AddIndex(
            model_name="ban",
            index=models.Index(
                condition=models.Q(("lifted_at__isnull", True)), fields=["expires_at"], name="ban_expiring"
            ),
        ),
        migrations.AddIndex(
            model_name="banmatches",
            index=django.contrib.postgres.indexes.GinIndex(
                models.Func(models.F("lines"), models.F("banned_at"), function="history_words"),
                gin_pending_list_limit=256,
                name="ban_words",
            ),
        ),
        migrations.AddConstraint(
            model_name="ban",
            constraint=models.UniqueConstraint(fields=("address", "banned_at", "jail", "server"), name="ban_once"),
        ),
    ]
