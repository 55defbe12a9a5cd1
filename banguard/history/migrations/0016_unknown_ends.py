"""A ban of an old file may have ended nobody knows when. Nothing changes in the table."""

from django.db import migrations, models

REASONS = ("expired", "manual", "flushed", "jail_stopped", "server_stopped", "blocklist", "unknown")


class Migration(migrations.Migration):
    dependencies = [("history", "0015_leaps")]

    operations = [
        migrations.AlterField(
            "ban",
            "lift_reason",
            models.CharField(max_length=16, blank=True, choices=[(reason, reason) for reason in REASONS]),
        ),
    ]
