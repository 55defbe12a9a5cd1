"""A scope of its own for what runs as root."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_audit"),
    ]

    operations = [
        migrations.AlterField(
            model_name="token",
            name="scopes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("read", "read"),
                        ("ban", "ban"),
                        ("import", "import"),
                        ("configure", "configure"),
                        ("root", "root"),
                        ("administer", "administer"),
                    ],
                    max_length=16,
                ),
                size=None,
            ),
        ),
    ]
