"""The cursor knows the row it stands at, not the time of the newest one."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("history", "0001_bans")]

    operations = [
        migrations.RemoveField(model_name="cursor", name="since"),
        migrations.AddField(model_name="cursor", name="mark", field=models.CharField(blank=True, max_length=32)),
    ]
