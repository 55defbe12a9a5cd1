"""The schedule that makes the feed report before somebody asks for it."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

NAME = "blocklists.report"


def keep(apps: Apps, _schema: BaseDatabaseSchemaEditor) -> None:
    values = {"func": "banguard.blocklists.tasks.report", "schedule_type": "C", "cron": "*/10 * * * *", "repeats": -1}
    apps.get_model("django_q", "Schedule").objects.update_or_create(name=NAME, defaults=values)


def drop(apps: Apps, _schema: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("django_q", "Schedule").objects.filter(name=NAME).delete()


class Migration(migrations.Migration):
    dependencies = [("blocklists", "0007_dropped_by_family")]

    operations = [migrations.RunPython(keep, drop)]
