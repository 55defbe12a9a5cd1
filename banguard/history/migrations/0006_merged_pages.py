"""The two lists that no single index holds by time: a network's, and a word's."""

from django.db import migrations

# One page of a network: its subnetworks of the next indexed length, the newest of each, and the newest of those.
# A network that holds more than that many different ones is so large that the newest bans hold enough of it.
PAGES = """
CREATE FUNCTION history_network_page(
    within cidr, newest_first boolean, from_moment timestamptz, from_id bigint, wanted int
) RETURNS TABLE (banned_at timestamptz, id bigint) LANGUAGE plpgsql STABLE AS $$
DECLARE
    bits int := masklen(within);
    levels int[] := CASE family(within) WHEN 4 THEN ARRAY[8, 16, 24] ELSE ARRAY[32, 48, 64] END;
    last cidr := set_masklen(broadcast(within), CASE family(within) WHEN 4 THEN 32 ELSE 128 END)::cidr;
    most CONSTANT int := 300;
    part text := 'address';
    beyond text := CASE WHEN newest_first THEN '<' ELSE '>' END;
    turn text := CASE WHEN newest_first THEN 'DESC' ELSE 'ASC' END;
    parts cidr[];
BEGIN
    FOR level IN 1..3 LOOP
        IF bits <= levels[level] THEN
            part := format('history_network(address, %s, %s)', (ARRAY[8, 16, 24])[level], (ARRAY[32, 48, 64])[level]);
            EXIT;
        END IF;
    END LOOP;
    IF bits = ANY (levels) OR within = last THEN
        parts := ARRAY[within];
    ELSE
        EXECUTE format($q$
            WITH RECURSIVE found(part, number) AS (
                (SELECT %1$s, 1 FROM history_ban WHERE %1$s >= $1 AND %1$s <= $2 ORDER BY %1$s LIMIT 1)
                UNION ALL
                SELECT (SELECT %1$s FROM history_ban WHERE %1$s > found.part AND %1$s <= $2 ORDER BY %1$s LIMIT 1),
                       found.number + 1
                FROM found WHERE found.part IS NOT NULL AND found.number <= $3
            ) SELECT array_agg(part) FROM found WHERE part IS NOT NULL
        $q$, part) INTO parts USING within, last, most;
    END IF;
    IF cardinality(parts) > most THEN
        RETURN QUERY EXECUTE format($q$
            SELECT ban.banned_at, ban.id FROM history_ban AS ban
            WHERE ban.address <<= $1 AND (ban.banned_at, ban.id) %s ($2, $3)
            ORDER BY ban.banned_at %2$s, ban.id %2$s LIMIT $4
        $q$, beyond, turn) USING within, from_moment, from_id, wanted;
    ELSE
        RETURN QUERY EXECUTE format($q$
            SELECT ban.banned_at, ban.id FROM unnest($1) AS one(part) CROSS JOIN LATERAL (
                SELECT inside.banned_at, inside.id FROM history_ban AS inside
                WHERE %1$s = one.part AND (inside.banned_at, inside.id) %2$s ($2, $3)
                ORDER BY inside.banned_at %3$s, inside.id %3$s LIMIT $4
            ) AS ban ORDER BY ban.banned_at %3$s, ban.id %3$s LIMIT $4
        $q$, replace(part, 'address', 'inside.address'), beyond, turn) USING parts, from_moment, from_id, wanted;
    END IF;
END $$;

-- One page of words, away from a moment: hour by hour at first, then ever longer stretches, until it is full. Each
-- reads only what holds the words, and no more than about thirty times what the one before has found.
CREATE FUNCTION history_words_page(
    words tsquery, newest_first boolean, from_moment timestamptz, from_id bigint, wanted int
) RETURNS TABLE (banned_at timestamptz, id bigint) LANGUAGE plpgsql STABLE AS $$
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
        IF tries >= 2 AND stretch < 4 THEN
            tries := 0;
            stretch := stretch + 1;
        END IF;
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("history", "0005_counting")]

    operations = [migrations.RunSQL(PAGES)]
