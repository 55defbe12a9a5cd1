"""Counts that PostgreSQL keeps by itself, in the transaction of the bans they count, whatever wrote those."""

from django.db import migrations

# The counts. Triggers see all rows of a statement at once, so that a batch costs one pass. Rows are written in
# the order of their keys: two writers then wait for each other, and never both ways round.
# {rows}: server_id, jail, country, origin, banned_at, sign. First into hours, then all sums from those.
TALLY = """
    INSERT INTO history_tally (grain, dimensions, server, jail, country, origin, period, count)
    SELECT {grain}, {dimensions},
           coalesce(server_id, 0), coalesce(jail, ''), coalesce(country, ''), coalesce(origin, ''), {period}, sum(n)
    FROM (
        SELECT server_id, jail, country, origin, date_trunc('hour', banned_at, 'UTC') AS hour,
               date_trunc('day', banned_at, 'UTC') AS day, date_trunc('month', banned_at, 'UTC') AS month, sum(sign) AS n
        FROM {rows} GROUP BY 1, 2, 3, 4, 5, 6, 7
    ) AS hourly
    GROUP BY GROUPING SETS ({sets})
    HAVING sum(n) <> 0
    ORDER BY 1, 2, 3, 4, 5, 6, 7
    ON CONFLICT (grain, dimensions, server, jail, country, origin, period)
    DO UPDATE SET count = history_tally.count + excluded.count;
"""
SINGLE = ("", "server_id", "jail", "country", "origin")
PAIRS = (
    "server_id, jail",
    "server_id, country",
    "server_id, origin",
    "jail, country",
    "jail, origin",
    "country, origin",
)


def sets(period: str, shapes: tuple[str, ...]) -> str:
    return ", ".join(f"({period}{', ' if shape else ''}{shape})" for shape in shapes)


HOURLY, DAILY, MONTHLY = sets("hour", SINGLE), sets("day", SINGLE + PAIRS), sets("month", SINGLE + PAIRS)

STANDING = """
    INSERT INTO history_standing (server, jail, country, origin, count)
    SELECT server_id, jail, country, origin, sum(sign) FROM {rows} WHERE lifted_at IS NULL
    GROUP BY 1, 2, 3, 4 HAVING sum(sign) <> 0 ORDER BY 1, 2, 3, 4
    ON CONFLICT (server, jail, country, origin) DO UPDATE SET count = history_standing.count + excluded.count;
"""
ADDRESSES = """
    INSERT INTO history_address AS known (address, first_seen, last_seen, bans, countries)
    SELECT address, min(banned_at), max(banned_at), count(*),
           coalesce(array_agg(DISTINCT country) FILTER (WHERE country <> ''), '{{}}')
    FROM {rows} GROUP BY address ORDER BY address
    ON CONFLICT (address) DO UPDATE SET
        first_seen = least(known.first_seen, excluded.first_seen),
        last_seen = greatest(known.last_seen, excluded.last_seen),
        bans = known.bans + excluded.bans,
        countries = CASE WHEN known.countries @> excluded.countries THEN known.countries
                    ELSE (SELECT array_agg(DISTINCT one) FROM unnest(known.countries || excluded.countries) AS one) END;
"""
# What was ranked of a period does not hold any more once a ban of it comes late or changes.
UNRANK = """
    DELETE FROM history_ranked AS ranked USING (
        SELECT DISTINCT date_trunc('day', banned_at, 'UTC') AS day FROM {rows}
    ) AS touched
    WHERE ranked.grain = 'd' AND ranked.period = touched.day
       OR ranked.grain = 'm' AND ranked.period = date_trunc('month', touched.day, 'UTC');
"""
ADDED = "(SELECT *, 1 AS sign FROM added)"
GONE = "(SELECT *, -1 AS sign FROM gone)"
CHANGED = "(SELECT *, -1 AS sign FROM gone UNION ALL SELECT *, 1 FROM added)"
ALL = "(SELECT *, 1 AS sign FROM history_ban)"


def named(text: str, rows: str, **more: str) -> str:
    return text.format(rows=f"{rows} AS bans", **more)


DIMENSIONS = "15 - grouping(origin, country, jail, server_id)"


def all_tallies(rows: str) -> str:
    grain = "CASE 0 WHEN grouping(hour) THEN 'h' WHEN grouping(day) THEN 'd' ELSE 'm' END"
    every = ", ".join((HOURLY, DAILY, MONTHLY))
    return named(TALLY, rows, grain=grain, dimensions=DIMENSIONS, period="coalesce(hour, day, month)", sets=every)


def days_and_months(rows: str) -> str:
    grain, some = "CASE 0 WHEN grouping(day) THEN 'd' ELSE 'm' END", f"{DAILY}, {MONTHLY}"
    return named(TALLY, rows, grain=grain, dimensions=DIMENSIONS, period="coalesce(day, month)", sets=some)


def hours_of(column: str, dimension: int) -> str:
    """One dimension of the whole table: so plain a statement that PostgreSQL shares it among processes."""
    values = {"server_id": "0", "jail": "''", "country": "''", "origin": "''"} | ({column: column} if column else {})
    listed = ", ".join(f"{value} AS {name}" for name, value in values.items())
    return f"""
    INSERT INTO history_tally (grain, dimensions, server, jail, country, origin, period, count)
    SELECT 'h', {dimension}, {listed}, date_trunc('hour', banned_at, 'UTC'), count(*) FROM history_ban
    GROUP BY date_trunc('hour', banned_at, 'UTC'){f", {column}" if column else ""};
    """


COUNT = f"""
CREATE FUNCTION history_added() RETURNS trigger LANGUAGE plpgsql SET work_mem = '64MB' AS $$ BEGIN
    IF NOT EXISTS (SELECT FROM added) THEN RETURN NULL; END IF;
    {all_tallies(ADDED)} {named(STANDING, ADDED)} {named(ADDRESSES, ADDED)} {named(UNRANK, ADDED)}
    RETURN NULL;
END $$;
CREATE FUNCTION history_changed() RETURNS trigger LANGUAGE plpgsql SET work_mem = '64MB' AS $$ BEGIN
    {named(STANDING, CHANGED)}
    IF EXISTS (
        SELECT FROM gone JOIN added USING (id)
        WHERE (gone.server_id, gone.jail, gone.country, gone.origin, gone.banned_at, gone.asn) IS DISTINCT FROM
              (added.server_id, added.jail, added.country, added.origin, added.banned_at, added.asn)
    ) THEN
        {all_tallies(CHANGED)} {named(UNRANK, CHANGED)}
        UPDATE history_address AS known SET countries = array_append(known.countries, one.country)
        FROM (SELECT DISTINCT address, country FROM added WHERE country <> '' ORDER BY address) AS one
        WHERE known.address = one.address AND NOT known.countries @> ARRAY[one.country];
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION history_gone() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    {named(STANDING, GONE)}
    RETURN NULL;
END $$;
CREATE TRIGGER history_added AFTER INSERT ON history_ban
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION history_added();
CREATE TRIGGER history_changed AFTER UPDATE ON history_ban
    REFERENCING OLD TABLE AS gone NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION history_changed();
CREATE TRIGGER history_gone AFTER DELETE ON history_ban
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION history_gone();

-- Everything anew, should a count ever be doubted. Days first and sums from those: ten million rows are read thrice.
CREATE FUNCTION history_recount() RETURNS void LANGUAGE plpgsql SET work_mem = '512MB' AS $$ BEGIN
    LOCK TABLE history_ban IN SHARE MODE;
    TRUNCATE history_tally, history_standing, history_address, history_top, history_ranked;
    CREATE TEMPORARY TABLE history_daily ON COMMIT DROP AS
        SELECT server_id, jail, country, origin, date_trunc('day', banned_at, 'UTC') AS banned_at, count(*) AS sign
        FROM history_ban GROUP BY 1, 2, 3, 4, 5;
    {days_and_months("history_daily")}
    {hours_of("", 0)} {hours_of("server_id", 1)} {hours_of("jail", 2)} {hours_of("country", 4)} {hours_of("origin", 8)}
    {named(STANDING, ALL)} {named(ADDRESSES, ALL)}
END $$;

UPDATE history_banmatches AS matched SET banned_at = ban.banned_at FROM history_ban AS ban WHERE ban.id = matched.ban_id;
SELECT history_recount();
-- Counts are rewritten all the time: room for that on the same page spares the indexes.
ALTER TABLE history_tally SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);
ALTER TABLE history_standing SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);
ALTER TABLE history_address SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);
"""


class Migration(migrations.Migration):
    dependencies = [("history", "0004_indexes")]

    operations = [migrations.RunSQL(COUNT)]
