"""What the kernel dropped, of each family."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("blocklists", "0006_lighter_entries")]

    operations = [
        migrations.AddField("enforced", "packets6", models.BigIntegerField(default=0)),
        migrations.AddField("enforced", "octets6", models.BigIntegerField(default=0)),
    ]
