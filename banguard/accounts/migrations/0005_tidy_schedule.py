"""The schedule that lets go of what nobody needs any more, once a day."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

NAME = "accounts.tidy"


def keep(apps: Apps, _schema: BaseDatabaseSchemaEditor) -> None:
    schedule = apps.get_model("django_q", "Schedule")
    schedule.objects.update_or_create(
        name=NAME,
        defaults={
            "func": "banguard.accounts.tasks.tidy",
            "schedule_type": "C",
            "cron": "23 4 * * *",
            "repeats": -1,
        },
    )


def drop(apps: Apps, _schema: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("django_q", "Schedule").objects.filter(name=NAME).delete()


class Migration(migrations.Migration):
    dependencies = [("accounts", "0004_root_scope"), ("django_q", "0018_task_success_index")]

    operations = [migrations.RunPython(keep, drop)]
