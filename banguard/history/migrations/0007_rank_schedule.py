"""The schedule that ranks past days and months."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

NAME = "history.rank"


def keep(apps: Apps, _schema: BaseDatabaseSchemaEditor) -> None:
    schedule = apps.get_model("django_q", "Schedule")
    schedule.objects.update_or_create(
        name=NAME,
        defaults={
            "func": "banguard.history.tasks.rank",
            "schedule_type": "C",
            "cron": "*/10 * * * *",
            "repeats": -1,
        },
    )


def drop(apps: Apps, _schema: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("django_q", "Schedule").objects.filter(name=NAME).delete()


class Migration(migrations.Migration):
    dependencies = [("history", "0006_merged_pages"), ("django_q", "0018_task_success_index")]

    operations = [migrations.RunPython(keep, drop)]
