"""What jails were told to do: pauses, and addresses that they never ban by themselves."""

import django.db.models.deletion
import django.db.models.functions.datetime
import netfields.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("config", "0001_samples"),
        ("servers", "0001_servers_statuses"),
    ]

    operations = [
        migrations.CreateModel(
            name="Ignored",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("jail", models.CharField(blank=True, max_length=64)),
                ("network", netfields.fields.CidrAddressField(max_length=43)),
                ("note", models.CharField(blank=True, max_length=200)),
                ("author", models.CharField(blank=True, max_length=150)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("kept", models.BooleanField(default=False)),
                ("server", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="servers.server")),
            ],
            options={
                "verbose_name_plural": "ignored",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("server", "jail", "network"),
                        name="ignored_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Pause",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("jail", models.CharField(max_length=64)),
                ("by", models.CharField(blank=True, max_length=150)),
                ("since", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("server", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="servers.server")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("server", "jail"), name="pause_once")],
            },
        ),
    ]
