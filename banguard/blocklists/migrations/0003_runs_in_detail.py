"""What a run found, was held for and was told to do; what was given by hand, and what is withheld."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import banguard.blocklists.values


class Migration(migrations.Migration):
    dependencies = [
        ("blocklists", "0002_settle_schedule"),
    ]

    operations = [
        migrations.CreateModel(
            name="Material",
            fields=[
                (
                    "source",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="material",
                        serialize=False,
                        to="blocklists.source",
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=200)),
                ("content", models.BinaryField()),
                ("given_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("given_by", models.CharField(blank=True, max_length=150)),
            ],
            options={
                "verbose_name_plural": "material",
            },
        ),
        migrations.CreateModel(
            name="Withheld",
            fields=[
                (
                    "run",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="withheld",
                        serialize=False,
                        to="blocklists.run",
                    ),
                ),
                ("four", models.BinaryField()),
                ("six", models.BinaryField()),
                ("etag", models.CharField(blank=True, max_length=500)),
                ("last_modified", models.CharField(blank=True, max_length=100)),
                ("digest", models.CharField(blank=True, max_length=64)),
            ],
            options={
                "verbose_name_plural": "withheld",
            },
        ),
        migrations.AddField(
            model_name="run",
            name="accepted",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="run",
            name="confirm_within",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="run",
            name="decided_by",
            field=models.CharField(blank=True, max_length=150),
        ),
        migrations.AddField(
            model_name="run",
            name="entries_loose",
            field=models.IntegerField(default=0),
        ),
        migrations.AddField(
            model_name="run",
            name="format",
            field=models.CharField(blank=True, max_length=16),
        ),
        migrations.AddField(
            model_name="run",
            name="hold_reasons",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="run",
            name="http_facts",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="run",
            name="kept",
            field=models.IntegerField(default=0),
        ),
        migrations.AddField(
            model_name="run",
            name="preview",
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name="run",
            name="purpose",
            field=models.CharField(
                choices=[
                    (banguard.blocklists.values.Purpose["IMPORT"], banguard.blocklists.values.Purpose["IMPORT"]),
                    (banguard.blocklists.values.Purpose["PREVIEW"], banguard.blocklists.values.Purpose["PREVIEW"]),
                ],
                default=banguard.blocklists.values.Purpose["IMPORT"],
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="run",
            name="seconds",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="run",
            name="stage_done",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="run",
            name="stage_whole",
            field=models.BigIntegerField(default=0),
        ),
        migrations.AddIndex(
            model_name="run",
            index=models.Index(fields=["state", "-id"], name="run_state_newest"),
        ),
    ]
