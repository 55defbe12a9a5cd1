"""What each back end was brought to, what waits for a confirmation, and the schedule that compares."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import banguard.blocklists.values

NAME = "blocklists.enforce"


def keep(apps: Apps, _schema: BaseDatabaseSchemaEditor) -> None:
    schedule = apps.get_model("django_q", "Schedule")
    schedule.objects.update_or_create(
        name=NAME,
        defaults={
            "func": "banguard.blocklists.tasks.enforce",
            "schedule_type": "C",
            "cron": "* * * * *",
            "repeats": -1,
        },
    )


def drop(apps: Apps, _schema: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("django_q", "Schedule").objects.filter(name=NAME).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("blocklists", "0004_formats_and_schedules"),
        ("servers", "0002_protected_networks"),
    ]

    operations = [
        migrations.CreateModel(
            name="Enforced",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "enforcement",
                    models.CharField(
                        choices=[
                            (
                                banguard.blocklists.values.Enforcement["JAIL"],
                                banguard.blocklists.values.Enforcement["JAIL"],
                            ),
                            (
                                banguard.blocklists.values.Enforcement["KERNEL"],
                                banguard.blocklists.values.Enforcement["KERNEL"],
                            ),
                            (
                                banguard.blocklists.values.Enforcement["NONE"],
                                banguard.blocklists.values.Enforcement["NONE"],
                            ),
                        ],
                        max_length=8,
                    ),
                ),
                ("fingerprint", models.CharField(blank=True, max_length=64)),
                ("digest", models.CharField(blank=True, max_length=64)),
                ("networks", models.IntegerField(default=0)),
                ("backend", models.CharField(blank=True, max_length=16)),
                ("packets", models.BigIntegerField(default=0)),
                ("octets", models.BigIntegerField(default=0)),
                ("problem", models.TextField(blank=True)),
                ("looked_at", models.DateTimeField(null=True)),
                (
                    "server",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="enforced", to="servers.server"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "enforced",
                "constraints": [models.UniqueConstraint(fields=("server", "enforcement"), name="enforced_once")],
            },
        ),
        migrations.CreateModel(
            name="Trial",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seconds", models.PositiveIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            (
                                banguard.blocklists.values.TrialState["BEGUN"],
                                banguard.blocklists.values.TrialState["BEGUN"],
                            ),
                            (
                                banguard.blocklists.values.TrialState["ARMED"],
                                banguard.blocklists.values.TrialState["ARMED"],
                            ),
                            (
                                banguard.blocklists.values.TrialState["KEPT"],
                                banguard.blocklists.values.TrialState["KEPT"],
                            ),
                            (
                                banguard.blocklists.values.TrialState["TAKEN_BACK"],
                                banguard.blocklists.values.TrialState["TAKEN_BACK"],
                            ),
                            (
                                banguard.blocklists.values.TrialState["NEEDLESS"],
                                banguard.blocklists.values.TrialState["NEEDLESS"],
                            ),
                            (
                                banguard.blocklists.values.TrialState["PASSED"],
                                banguard.blocklists.values.TrialState["PASSED"],
                            ),
                        ],
                        default=banguard.blocklists.values.TrialState["BEGUN"],
                        max_length=12,
                    ),
                ),
                ("asked_by", models.CharField(blank=True, max_length=150)),
                ("begun_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("confirm_by", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "run",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="trials",
                        to="blocklists.run",
                    ),
                ),
                (
                    "server",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="trials", to="servers.server"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["server", "-id"], name="trial_newest")],
            },
        ),
        migrations.RunPython(keep, drop),
    ]
