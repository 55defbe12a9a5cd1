"""A page of a network reads about as many bans as it shows, whatever part of all bans the network holds.

First a look at the bans nearest to where the page begins: of a network that holds a good part of all, they are enough.
They also tell how far in time the rest is likely to lie, so that of each part of the network (migration 0006) only that
stretch is read and not a whole page. A network that is one entry of an index, or a few, goes there at once.

The parts of IPv4 are /16 and /24 alone: what is wider is found as quickly by 256 of them, and an index less is a tenth
of the time that a ban takes to store. Bans of networks that are wider than such a part are found by an index of their
own (ban_wide).
"""

from django.db import migrations, models
from django.db.models import F, Func, Q, Value
from netfields import CidrAddressField

FEW = 4  # bits; of 16 parts a whole page of each is read as quickly
NEAR = 5_000  # bans; reading so many takes a millisecond or two
MOST = 300  # parts; a network with more is so large that the newest bans hold enough of it
ROUNDS = 4  # the last has no end

PAGE = f"""
CREATE OR REPLACE FUNCTION history_network_page(
    within cidr, newest_first boolean, from_moment timestamptz, from_id bigint, wanted int
) RETURNS TABLE (banned_at timestamptz, id bigint) LANGUAGE plpgsql STABLE
SET enable_bitmapscan = off SET enable_seqscan = off SET enable_sort = off AS $$
DECLARE
    levels int[] := CASE family(within) WHEN 4 THEN ARRAY[16, 24, 32] ELSE ARRAY[32, 48, 64, 128] END;
    indexed text[] := CASE family(within) WHEN 4 THEN ARRAY['16, 48', '24, 64'] ELSE ARRAY['8, 32', '16, 48', '24, 64'] END;
    at int := (SELECT min(n) FROM generate_series(1, cardinality(levels)) AS n WHERE levels[n] >= masklen(within));
    wider int := levels[at] - masklen(within);
    part text := coalesce('history_network(address, ' || indexed[at] || ')', 'address');
    its_index text := CASE indexed[at] WHEN '8, 32' THEN 'AND family(address) = 6' ELSE '' END;
    last cidr := set_masklen(broadcast(within), levels[cardinality(levels)])::cidr;
    parts cidr[] := ARRAY[within];
    beyond text := CASE WHEN newest_first THEN '<' ELSE '>' END;
    turn text := CASE WHEN newest_first THEN 'DESC' ELSE 'ASC' END;
    nearest text := format(
        'SELECT ban.address, ban.banned_at, ban.id FROM history_ban AS ban WHERE (ban.banned_at, ban.id) %1$s ($1, $2)'
        ' ORDER BY ban.banned_at %2$s, ban.id %2$s', beyond, turn
    );
    near CONSTANT text := format('%s LIMIT {NEAR}', nearest);
    moments timestamptz[];
    ids bigint[];
    stretch interval;
    endless CONSTANT timestamptz := CASE WHEN newest_first THEN '-infinity' ELSE 'infinity' END;
    edge timestamptz;
    found int := 0;
    got int := 0;
BEGIN
    IF wider > {FEW} THEN
        RETURN QUERY EXECUTE format('SELECT n.banned_at, n.id FROM (%s) AS n WHERE n.address <<= $3 LIMIT $4', near)
        USING from_moment, from_id, within, wanted;
        GET DIAGNOSTICS got = ROW_COUNT;
        IF got = wanted THEN RETURN; END IF;
        EXECUTE format('SELECT array_agg(n.banned_at), array_agg(n.id) FROM (%s) AS n', near) INTO moments, ids
        USING from_moment, from_id;
        IF ids IS NULL OR cardinality(ids) < {NEAR} THEN RETURN; END IF;
        from_moment := moments[{NEAR}];
        from_id := ids[{NEAR}];
        stretch := greatest(from_moment - moments[1], moments[1] - from_moment) * 2.0 * wanted / greatest(got, 1);
        stretch := greatest(stretch, interval '1 hour') * CASE WHEN newest_first THEN -1 ELSE 1 END;
    END IF;
    IF wider > 0 AND wider <= 8 AND family(within) = 4 THEN
        EXECUTE format($q$
            SELECT array_agg(part) FROM (
                SELECT set_masklen($1 + (n << (32 - $2)), $2) AS part FROM generate_series(0::bigint, $3) AS n
                UNION SELECT %1$s FROM history_ban
                WHERE address <<= $1 AND masklen(address) < $2 AND family(address) = 4 AND masklen(address) <= 31
            ) AS whole
        $q$, part) INTO parts USING within, levels[at], (1 << wider) - 1;
    ELSIF wider > 0 THEN
        EXECUTE format($q$
            WITH RECURSIVE found(part, number) AS (
                (SELECT %1$s, 1 FROM history_ban WHERE %1$s >= $1 AND %1$s <= $2 %2$s ORDER BY %1$s LIMIT 1)
                UNION ALL
                SELECT (SELECT %1$s FROM history_ban WHERE %1$s > found.part AND %1$s <= $2 %2$s ORDER BY %1$s LIMIT 1),
                       found.number + 1
                FROM found WHERE found.part IS NOT NULL AND found.number <= {MOST}
            ) SELECT array_agg(part) FROM found WHERE part IS NOT NULL
        $q$, part, its_index) INTO parts USING within, last;
    END IF;
    IF cardinality(parts) > {MOST} THEN
        RETURN QUERY EXECUTE format('SELECT n.banned_at, n.id FROM (%s) AS n WHERE n.address <<= $3 LIMIT $4', nearest)
        USING from_moment, from_id, within, wanted - got;
        RETURN;
    END IF;
    FOR round IN 1..{ROUNDS} LOOP
        edge := CASE WHEN round < {ROUNDS} THEN coalesce(from_moment + stretch, endless) ELSE endless END;
        RETURN QUERY EXECUTE format($q$
            SELECT ban.banned_at, ban.id FROM unnest($1) AS one(part) CROSS JOIN LATERAL (
                SELECT inside.banned_at, inside.id FROM history_ban AS inside
                WHERE %1$s = one.part %4$s AND (inside.banned_at, inside.id) %2$s ($2, $3) AND $4 %2$s inside.banned_at
                ORDER BY inside.banned_at %3$s, inside.id %3$s LIMIT $5
            ) AS ban ORDER BY ban.banned_at %3$s, ban.id %3$s LIMIT $5
        $q$, replace(part, 'address', 'inside.address'), beyond, turn, replace(its_index, 'address', 'inside.address'))
        USING parts, from_moment, from_id, edge, wanted - got;
        GET DIAGNOSTICS found = ROW_COUNT;
        got := got + found;
        EXIT WHEN got >= wanted OR NOT isfinite(edge);
        from_moment := edge;
        from_id := CASE WHEN newest_first THEN 9223372036854775807 ELSE 0 END;
        stretch := stretch * 8;
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("history", "0011_quick_recount")]

    operations = [
        migrations.RemoveIndex("ban", "ban_network_0"),
        migrations.AddIndex(
            "ban",
            models.Index(
                Func(F("address"), Value(8), Value(32), function="history_network", output_field=CidrAddressField()),
                F("banned_at"),
                F("id"),
                name="ban_network_0",
                condition=Q(address__family=6),
            ),
        ),
        migrations.AddIndex(
            "ban",
            models.Index(
                fields=["address"], name="ban_wide", condition=Q(address__family=4, address__prefixlen__lte=31)
            ),
        ),
        migrations.RunSQL(PAGE),
    ]
