"""Networks that somebody wants never to be blocked."""

import django.db.models.functions.datetime
import netfields.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("servers", "0001_servers_statuses"),
    ]

    operations = [
        migrations.CreateModel(
            name="ProtectedNetwork",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("network", netfields.fields.CidrAddressField(max_length=43, unique=True)),
                ("note", models.CharField(max_length=200)),
                ("expires_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("created_by", models.CharField(max_length=150)),
            ],
        ),
    ]
