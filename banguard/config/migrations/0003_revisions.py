"""Every change of a configuration file, from its draft on."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("config", "0002_control"),
        ("servers", "0001_servers_statuses"),
    ]

    operations = [
        migrations.CreateModel(
            name="Revision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(max_length=300)),
                ("before", models.BinaryField(null=True)),
                ("after", models.BinaryField(null=True)),
                ("before_digest", models.CharField(blank=True, max_length=64)),
                ("after_digest", models.CharField(blank=True, max_length=64)),
                (
                    "origin",
                    models.CharField(
                        choices=[
                            ("editor", "editor"),
                            ("form", "form"),
                            ("restore", "restore"),
                            ("found", "found"),
                            ("outside", "outside"),
                        ],
                        default="editor",
                        max_length=8,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("pending", "pending"),
                            ("applied", "applied"),
                            ("failed", "failed"),
                            ("rolled_back", "rolled_back"),
                            ("broken", "broken"),
                        ],
                        default="draft",
                        max_length=12,
                    ),
                ),
                ("author", models.CharField(blank=True, max_length=150)),
                ("comment", models.TextField(blank=True, max_length=2000)),
                ("findings", models.JSONField(default=list)),
                ("effects", models.JSONField(default=list)),
                ("effective", models.TextField(blank=True)),
                ("message", models.TextField(blank=True)),
                ("by_hand", models.JSONField(default=list)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("decided_at", models.DateTimeField(null=True)),
                (
                    "restores",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="restored_by",
                        to="config.revision",
                    ),
                ),
                (
                    "server",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="revisions", to="servers.server"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["server", "path", "-id"], name="revision_of_file")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ("pending",))),
                        fields=("server",),
                        name="revision_one_pending",
                    )
                ],
            },
        ),
    ]
