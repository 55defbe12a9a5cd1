"""The schedule that lets go of old bans, where a setting says so."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

NAME = "history.retain"


def keep(apps: Apps, _schema: BaseDatabaseSchemaEditor) -> None:
    schedule = apps.get_model("django_q", "Schedule")
    schedule.objects.update_or_create(
        name=NAME,
        defaults={
            "func": "banguard.history.tasks.retain",
            "schedule_type": "C",
            "cron": "7,37 * * * *",
            "repeats": -1,
        },
    )


def drop(apps: Apps, _schema: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("django_q", "Schedule").objects.filter(name=NAME).delete()


class Migration(migrations.Migration):
    dependencies = [("history", "0009_ingest"), ("django_q", "0018_task_success_index")]

    operations = [migrations.RunPython(keep, drop)]
