"""Counting everything anew takes half the time: pairs first, sums from those, and indexes when all is in."""

import importlib
from collections.abc import Iterable
from itertools import combinations

from django.db import migrations

counting = importlib.import_module("banguard.history.migrations.0005_counting")

DIMENSIONS = {"server": 1, "jail": 2, "country": 4, "origin": 8}
NOTHING = {"server": "0", "jail": "''", "country": "''", "origin": "''"}


def number(kept: Iterable[str]) -> int:
    return sum(DIMENSIONS[name] for name in kept)


def tally(grain: str, kept: tuple[str, ...], source: str, period: str = "period", count: str = "sum(count)") -> str:
    """One plain statement for one combination of dimensions."""
    values = ", ".join(name if name in kept else f"{value} AS {name}" for name, value in NOTHING.items())
    return f"""
    INSERT INTO history_tally (grain, dimensions, server, jail, country, origin, period, count)
    SELECT '{grain}', {number(kept)}, {values}, {period}, {count} FROM {source}
    GROUP BY {", ".join((period, *kept))};
    """


def of(grain: str, *kept: str) -> str:
    """The rows that were counted already."""
    return f"(SELECT * FROM history_tally WHERE grain = '{grain}' AND dimensions = {number(kept)}) AS counted"


BANS = "(SELECT *, server_id AS server FROM history_ban) AS bans"
HOUR = "date_trunc('hour', banned_at, 'UTC')"
COUNTS = (
    *(tally("d", pair, "history_daily") for pair in combinations(DIMENSIONS, 2)),
    tally("d", (), of("d", "server", "origin")),
    tally("d", ("server",), of("d", "server", "origin")),
    tally("d", ("origin",), of("d", "server", "origin")),
    tally("d", ("jail",), of("d", "server", "jail")),
    tally("d", ("country",), of("d", "server", "country")),
    *(tally("h", (one,), BANS, HOUR, "count(*)") for one in DIMENSIONS),
    tally("h", (), of("h", "server")),
)
# The indexes as the model has them. To look for each row in both while they grow takes longer than to make them.
RECOUNT = f"""
CREATE OR REPLACE FUNCTION history_recount() RETURNS void LANGUAGE plpgsql
SET work_mem = '512MB' SET maintenance_work_mem = '512MB' AS $$ BEGIN
    LOCK TABLE history_ban IN SHARE MODE;
    TRUNCATE history_tally, history_standing, history_address, history_top, history_ranked;
    ALTER TABLE history_tally DROP CONSTRAINT history_tally_pkey;
    DROP INDEX tally_period;
    CREATE TEMPORARY TABLE history_daily AS
        SELECT server_id AS server, jail, country, origin, date_trunc('day', banned_at, 'UTC') AS period,
               count(*) AS count
        FROM history_ban GROUP BY 1, 2, 3, 4, 5;
    {"".join(COUNTS)}
    INSERT INTO history_tally (grain, dimensions, server, jail, country, origin, period, count)
    SELECT 'm', dimensions, server, jail, country, origin, date_trunc('month', period, 'UTC'), sum(count)
    FROM history_tally WHERE grain = 'd' GROUP BY 2, 3, 4, 5, 6, 7;
    ALTER TABLE history_tally
        ADD CONSTRAINT history_tally_pkey PRIMARY KEY (grain, dimensions, server, jail, country, origin, period);
    CREATE INDEX tally_period ON history_tally (grain, dimensions, period);
    {counting.named(counting.STANDING, counting.ALL)}
    {counting.named(counting.ADDRESSES, counting.ALL)}
    DROP TABLE history_daily;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("history", "0010_retention_schedule")]

    operations = [migrations.RunSQL(RECOUNT, migrations.RunSQL.noop)]
