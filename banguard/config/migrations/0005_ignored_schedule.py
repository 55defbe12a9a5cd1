"""The schedule that ends what is ignored for a time, and keeps the files in line with what is ignored."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

NAME = "config.settle_ignored"


def keep(apps: Apps, _schema: BaseDatabaseSchemaEditor) -> None:
    schedule = apps.get_model("django_q", "Schedule")
    schedule.objects.update_or_create(
        name=NAME,
        defaults={
            "func": "banguard.config.tasks.settle_ignored",
            "schedule_type": "C",
            "cron": "* * * * *",
            "repeats": -1,
        },
    )


def drop(apps: Apps, _schema: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("django_q", "Schedule").objects.filter(name=NAME).delete()


class Migration(migrations.Migration):
    dependencies = [("config", "0004_look_schedule"), ("django_q", "0018_task_success_index")]

    operations = [migrations.RunPython(keep, drop)]
