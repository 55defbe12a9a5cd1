"""The schedule that finds runs whose worker was killed."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

NAME = "blocklists.settle"


def keep(apps: Apps, _schema: BaseDatabaseSchemaEditor) -> None:
    schedule = apps.get_model("django_q", "Schedule")
    schedule.objects.update_or_create(
        name=NAME,
        defaults={
            "func": "banguard.blocklists.tasks.settle",
            "schedule_type": "C",
            "cron": "* * * * *",
            "repeats": -1,
        },
    )


def drop(apps: Apps, _schema: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("django_q", "Schedule").objects.filter(name=NAME).delete()


class Migration(migrations.Migration):
    dependencies = [("blocklists", "0001_sources_runs_entries"), ("django_q", "0018_task_success_index")]

    operations = [migrations.RunPython(keep, drop)]
