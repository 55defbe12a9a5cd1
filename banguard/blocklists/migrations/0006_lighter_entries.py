"""An entry costs no more than it must: no constraint on its source, and two indexes in place of four."""

import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("blocklists", "0005_enforcement")]

    operations = [
        migrations.RemoveConstraint(model_name="entry", name="entry_once"),
        migrations.RemoveIndex(model_name="entry", name="entry_network"),
        migrations.AlterField(
            model_name="entry",
            name="source",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="entries",
                to="blocklists.source",
            ),
        ),
        migrations.AddConstraint(
            model_name="entry",
            constraint=models.UniqueConstraint(fields=("network", "source"), name="entry_of_source"),
        ),
        migrations.AddIndex(
            model_name="entry",
            index=django.contrib.postgres.indexes.BrinIndex(fields=["source"], name="entry_source"),
        ),
    ]
