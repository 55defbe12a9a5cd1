"""Where the log was read to, when failures led to bans, what was followed without a hole, and failures by the hour."""

import django.db.models.deletion
from django.db import migrations, models

REASONS = ["expired", "manual", "flushed", "jail_stopped", "server_stopped", "blocklist"]


class Migration(migrations.Migration):
    dependencies = [("history", "0007_rank_schedule"), ("servers", "0001_servers_statuses")]

    operations = [
        migrations.AddField("cursor", "log_place", models.CharField(blank=True, max_length=500)),
        migrations.AddField("cursor", "context", models.JSONField(default=dict)),
        migrations.AddField("ban", "failed_at", models.DateTimeField(null=True)),
        migrations.AlterField(
            "ban",
            "lift_reason",
            models.CharField(blank=True, choices=[(why, why) for why in REASONS], max_length=16),
        ),
        migrations.AddIndex(
            "ban",
            models.Index(
                condition=models.Q(("lift_reason__in", ["manual", "flushed"])),
                fields=["jail", "lifted_at"],
                name="ban_lifted_by_hand",
            ),
        ),
        migrations.CreateModel(
            name="Coverage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(max_length=8)),
                ("hole", models.CharField(blank=True, max_length=300)),
                ("began_at", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("server", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="servers.server")),
            ],
            options={"verbose_name_plural": "coverage"},
        ),
        migrations.CreateModel(
            name="FailureCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("jail", models.CharField(max_length=64)),
                ("hour", models.DateTimeField()),
                ("failures", models.IntegerField()),
                ("server", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="servers.server")),
            ],
        ),
        migrations.AddIndex("coverage", models.Index(fields=["server", "-until"], name="coverage_newest")),
        migrations.AddConstraint(
            "failurecount", models.UniqueConstraint(fields=("server", "jail", "hour"), name="failures_once")
        ),
    ]
