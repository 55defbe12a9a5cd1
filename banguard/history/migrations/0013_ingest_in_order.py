"""Bans are stored faster: more indexes grow at their end alone, and what is counted is counted in one pass.

Each index takes a way down its tree for each ban, but for one whose newest entry is its last: PostgreSQL goes on where
it was. So an index that begins with one of a few known values (the origin) is one index for each value; and this
machine's server, which mostly is the only one, has an index of its own. At ten million bans two thirds of the time that
a ban takes are its indexes.

The trigger counted all bans of a statement four times, for tallies, standing, ranks and addresses; the first three
read the same hours now.

And a page of words goes to longer stretches of time only when those it has seen held far too little: of a word in every
line, a day holds two thousand bans where a few hours are enough.
"""

import importlib

from django.db import migrations, models

counting = importlib.import_module("banguard.history.migrations.0005_counting")

GRAIN = "CASE 0 WHEN grouping(hour) THEN 'h' WHEN grouping(day) THEN 'd' ELSE 'm' END"
SETS = ", ".join((counting.HOURLY, counting.DAILY, counting.MONTHLY))
# Parts of one statement, written in the order in which they stand; rows of each in the order of their keys.
ADDED = f"""
CREATE OR REPLACE FUNCTION history_added() RETURNS trigger LANGUAGE plpgsql SET work_mem = '64MB' AS $$ BEGIN
    IF NOT EXISTS (SELECT FROM added) THEN RETURN NULL; END IF;
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT server_id FROM added) AS named
        WHERE NOT EXISTS (SELECT FROM servers_server AS server WHERE server.id = named.server_id)
    ) THEN
        RAISE foreign_key_violation USING MESSAGE = 'a ban names a server that is not there';
    END IF;
    WITH hourly AS MATERIALIZED (
        SELECT server_id, jail, country, origin, date_trunc('hour', banned_at, 'UTC') AS hour, count(*) AS n,
               count(*) FILTER (WHERE lifted_at IS NULL) AS standing
        FROM added GROUP BY 1, 2, 3, 4, 5
    ), stood AS (
        INSERT INTO history_standing (server, jail, country, origin, count)
        SELECT server_id, jail, country, origin, sum(standing) FROM hourly
        GROUP BY 1, 2, 3, 4 HAVING sum(standing) <> 0 ORDER BY 1, 2, 3, 4
        ON CONFLICT (server, jail, country, origin) DO UPDATE SET count = history_standing.count + excluded.count
    ), unranked AS (
        DELETE FROM history_ranked AS ranked
        USING (SELECT DISTINCT date_trunc('day', hour, 'UTC') AS day FROM hourly) AS touched
        WHERE ranked.grain = 'd' AND ranked.period = touched.day
           OR ranked.grain = 'm' AND ranked.period = date_trunc('month', touched.day, 'UTC')
    )
    INSERT INTO history_tally (grain, dimensions, server, jail, country, origin, period, count)
    SELECT {GRAIN}, {counting.DIMENSIONS},
           coalesce(server_id, 0), coalesce(jail, ''), coalesce(country, ''), coalesce(origin, ''),
           coalesce(hour, day, month), sum(n)
    FROM (
        SELECT *, date_trunc('day', hour, 'UTC') AS day, date_trunc('month', hour, 'UTC') AS month FROM hourly
    ) AS periods
    GROUP BY GROUPING SETS ({SETS}) ORDER BY 1, 2, 3, 4, 5, 6, 7
    ON CONFLICT (grain, dimensions, server, jail, country, origin, period)
    DO UPDATE SET count = history_tally.count + excluded.count;
    INSERT INTO history_address AS known (address, first_seen, last_seen, bans, countries)
    SELECT address, min(first), max(last), sum(n), coalesce(array_agg(country) FILTER (WHERE country <> ''), '{{}}')
    FROM (
        SELECT address, country, min(banned_at) AS first, max(banned_at) AS last, count(*) AS n FROM added GROUP BY 1, 2
    ) AS one
    GROUP BY address ORDER BY address
    ON CONFLICT (address) DO UPDATE SET
        first_seen = least(known.first_seen, excluded.first_seen),
        last_seen = greatest(known.last_seen, excluded.last_seen),
        bans = known.bans + excluded.bans,
        countries = CASE WHEN known.countries @> excluded.countries THEN known.countries
                    ELSE (SELECT array_agg(DISTINCT one) FROM unnest(known.countries || excluded.countries) AS one) END;
    RETURN NULL;
END $$;
"""
LONGER = 4  # times: how much more than the last stretch held is asked for before the next is of a longer kind
WORDS = rf"""
CREATE OR REPLACE FUNCTION history_words_page(
    words tsquery, newest_first boolean, from_moment timestamptz, from_id bigint, wanted int
) RETURNS TABLE (banned_at timestamptz, id bigint) LANGUAGE plpgsql STABLE
SET enable_seqscan = off AS $$
DECLARE
    stretches CONSTANT int[] := ARRAY[3600, 86400, 2764800, 44236800];
    tries int := 0;
    stretch int := 1;
    got int := 0;
    found int;
    oldest double precision;
    newest double precision;
    edge double precision;
    number bigint;
    low timestamptz;
    high timestamptz;
    beyond text := CASE WHEN newest_first THEN '<' ELSE '>' END;
    turn text := CASE WHEN newest_first THEN 'DESC' ELSE 'ASC' END;
BEGIN
    SELECT extract(epoch FROM min(ban.banned_at)), extract(epoch FROM max(ban.banned_at)) INTO oldest, newest
    FROM history_ban AS ban;
    -- What was read lies beyond the edge; the first stretch holds the moment itself.
    edge := CASE WHEN newest_first THEN least(extract(epoch FROM from_moment), newest) + 0.000001
            ELSE greatest(extract(epoch FROM from_moment), oldest) END;
    WHILE got < wanted AND (newest_first AND edge > oldest OR NOT newest_first AND edge <= newest) LOOP
        number := CASE WHEN newest_first THEN ceil(edge / stretches[stretch]) - 1 ELSE floor(edge / stretches[stretch]) END;
        low := to_timestamp(CASE WHEN newest_first THEN number * stretches[stretch] ELSE edge END);
        high := to_timestamp(CASE WHEN newest_first THEN edge ELSE (number + 1) * stretches[stretch] END);
        RETURN QUERY EXECUTE format($q$
            SELECT matched.banned_at, matched.ban_id FROM history_banmatches AS matched
            WHERE history_words(matched.lines, matched.banned_at) @@ ($1 && $2)
              AND matched.banned_at >= $3 AND matched.banned_at < $4
              AND (matched.banned_at, matched.ban_id) %1$s ($5, $6)
            ORDER BY matched.banned_at %2$s, matched.ban_id %2$s LIMIT $7
        $q$, beyond, turn) USING words,
            (chr(39) || chr(1) || stretches[stretch] || '/' || number || chr(39))::tsquery,
            low, high, from_moment, from_id, wanted - got;
        GET DIAGNOSTICS found = ROW_COUNT;
        got := got + found;
        edge := CASE WHEN newest_first THEN number * stretches[stretch] ELSE (number + 1) * stretches[stretch] END;
        tries := tries + 1;
        IF tries >= 2 AND found * {LONGER} < wanted - got AND stretch < 4 THEN
            tries := 0;
            stretch := stretch + 1;
        END IF;
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("history", "0012_near_pages")]

    operations = [
        migrations.RunSQL(ADDED + WORDS),
        migrations.RemoveIndex("ban", "ban_origin_newest"),
        *(
            migrations.AddIndex(
                "ban",
                models.Index(
                    fields=["banned_at", "id"], name=f"ban_origin_{origin}", condition=models.Q(origin=origin)
                ),
            )
            for origin in ("jail", "manual", "blocklist")
        ),
        migrations.RemoveIndex("ban", "ban_server_newest"),
        migrations.AddIndex(
            "ban", models.Index(fields=["banned_at", "id"], name="ban_server_first", condition=models.Q(server=1))
        ),
        migrations.AddIndex(
            "ban",
            models.Index(
                fields=["server", "banned_at", "id"], name="ban_server_newest", condition=models.Q(server__gt=1)
            ),
        ),
    ]
