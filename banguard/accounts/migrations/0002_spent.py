from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_people_tokens_setup_links"),
    ]

    operations = [
        migrations.CreateModel(
            name="Spent",
            fields=[
                ("key", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("began_at", models.DateTimeField()),
                ("count", models.IntegerField()),
            ],
        ),
        # Written on every request and worth nothing after a crash: it needs no log.
        migrations.RunSQL("ALTER TABLE accounts_spent SET UNLOGGED", "ALTER TABLE accounts_spent SET LOGGED"),
    ]
