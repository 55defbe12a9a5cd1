"""Sources of every format and origin, and one schedule that looks each minute which are due, in place of many."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Count
from django.db.models.functions import Now

import banguard.blocklists.values

NAME = "blocklists.clock"


def wind(apps: Apps, _schema: BaseDatabaseSchemaEditor) -> None:
    schedule = apps.get_model("django_q", "Schedule")
    values = {"func": "banguard.blocklists.tasks.clock", "schedule_type": "C", "cron": "* * * * *", "repeats": -1}
    schedule.objects.update_or_create(name=NAME, defaults=values)
    schedule.objects.filter(name__startswith="blocklists.source.").delete()
    apps.get_model("blocklists", "Source").objects.filter(enabled=True).exclude(schedule="").update(due_at=Now())


def stop(apps: Apps, _schema: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("django_q", "Schedule").objects.filter(name=NAME).delete()


def count(apps: Apps, _schema: BaseDatabaseSchemaEditor) -> None:
    entries = apps.get_model("blocklists", "Entry").objects.order_by().values("source").annotate(n=Count("id"))
    for row in entries:
        apps.get_model("blocklists", "Source").objects.filter(pk=row["source"]).update(held=row["n"])


class Migration(migrations.Migration):
    dependencies = [
        ("blocklists", "0003_runs_in_detail"),
        ("django_q", "0018_task_success_index"),
    ]

    operations = [
        migrations.AddField(
            model_name="source",
            name="asked_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="source",
            name="column",
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name="source",
            name="digest",
            field=models.CharField(blank=True, editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name="source",
            name="due_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="source",
            name="failures",
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name="source",
            name="good_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="source",
            name="header_names",
            field=models.JSONField(default=list, editable=False),
        ),
        migrations.AddField(
            model_name="source",
            name="held",
            field=models.IntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name="source",
            name="jitter",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="source",
            name="kind",
            field=models.CharField(
                choices=[
                    (banguard.blocklists.values.Kind["URL"], banguard.blocklists.values.Kind["URL"]),
                    (banguard.blocklists.values.Kind["UPLOAD"], banguard.blocklists.values.Kind["UPLOAD"]),
                    (banguard.blocklists.values.Kind["TEXT"], banguard.blocklists.values.Kind["TEXT"]),
                ],
                default=banguard.blocklists.values.Kind["URL"],
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="source",
            name="max_bytes",
            field=models.PositiveBigIntegerField(default=67108864),
        ),
        migrations.AddField(
            model_name="source",
            name="max_lines",
            field=models.PositiveIntegerField(default=5000000),
        ),
        migrations.AddField(
            model_name="source",
            name="may_be_empty",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="source",
            name="min_interval",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="source",
            name="sealed_headers",
            field=models.TextField(blank=True, editable=False),
        ),
        migrations.AddField(
            model_name="source",
            name="version",
            field=models.BigIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name="source",
            name="widest4",
            field=models.PositiveSmallIntegerField(default=8),
        ),
        migrations.AddField(
            model_name="source",
            name="widest6",
            field=models.PositiveSmallIntegerField(default=19),
        ),
        migrations.AddField(
            model_name="source",
            name="zone",
            field=models.CharField(default="UTC", max_length=64),
        ),
        migrations.AlterField(
            model_name="source",
            name="enforcement",
            field=models.CharField(
                choices=[
                    (banguard.blocklists.values.Enforcement["JAIL"], banguard.blocklists.values.Enforcement["JAIL"]),
                    (
                        banguard.blocklists.values.Enforcement["KERNEL"],
                        banguard.blocklists.values.Enforcement["KERNEL"],
                    ),
                    (banguard.blocklists.values.Enforcement["NONE"], banguard.blocklists.values.Enforcement["NONE"]),
                ],
                default=banguard.blocklists.values.Enforcement["JAIL"],
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="source",
            name="format",
            field=models.CharField(
                choices=[
                    (banguard.blocklists.values.Format["AUTO"], banguard.blocklists.values.Format["AUTO"]),
                    (banguard.blocklists.values.Format["PLAIN"], banguard.blocklists.values.Format["PLAIN"]),
                    (banguard.blocklists.values.Format["COMMAS"], banguard.blocklists.values.Format["COMMAS"]),
                    (banguard.blocklists.values.Format["CSV"], banguard.blocklists.values.Format["CSV"]),
                    (banguard.blocklists.values.Format["DSHIELD"], banguard.blocklists.values.Format["DSHIELD"]),
                    (banguard.blocklists.values.Format["JSON"], banguard.blocklists.values.Format["JSON"]),
                    (banguard.blocklists.values.Format["HOSTS_DENY"], banguard.blocklists.values.Format["HOSTS_DENY"]),
                    (banguard.blocklists.values.Format["NGINX"], banguard.blocklists.values.Format["NGINX"]),
                    (banguard.blocklists.values.Format["APACHE"], banguard.blocklists.values.Format["APACHE"]),
                    (banguard.blocklists.values.Format["IPSET"], banguard.blocklists.values.Format["IPSET"]),
                    (banguard.blocklists.values.Format["SURICATA"], banguard.blocklists.values.Format["SURICATA"]),
                    (banguard.blocklists.values.Format["CISCO"], banguard.blocklists.values.Format["CISCO"]),
                    (banguard.blocklists.values.Format["P2P"], banguard.blocklists.values.Format["P2P"]),
                    (banguard.blocklists.values.Format["TOR"], banguard.blocklists.values.Format["TOR"]),
                    (banguard.blocklists.values.Format["RBLDNSD"], banguard.blocklists.values.Format["RBLDNSD"]),
                ],
                default=banguard.blocklists.values.Format["AUTO"],
                max_length=16,
            ),
        ),
        migrations.AlterField(
            model_name="source",
            name="url",
            field=models.URLField(blank=True, max_length=2000),
        ),
        migrations.AddIndex(
            model_name="source",
            index=models.Index(fields=["due_at"], name="source_due"),
        ),
        migrations.AddField("source", "shrink_percent", models.PositiveIntegerField(default=50)),
        migrations.AddField("source", "grow_percent", models.PositiveIntegerField(default=100)),
        migrations.RunPython(count, migrations.RunPython.noop),
        migrations.RunPython(wind, stop),
    ]
