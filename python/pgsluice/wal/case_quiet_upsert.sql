-- Writes rows as `quiet_upsert` does: what is fresh is left out before it is touched, the conflict settles races.
INSERT INTO _pgsluice_wal_cases.hosts AS t (id, seen)
SELECT i.id, i.seen
  FROM unnest($1::int8[], $2::int8[]) AS i (id, seen) LEFT JOIN _pgsluice_wal_cases.hosts AS h ON h.id = i.id
 WHERE h.id IS NULL OR h.seen IS DISTINCT FROM i.seen
 ORDER BY i.id
    ON CONFLICT (id) DO UPDATE SET seen = EXCLUDED.seen WHERE t.seen IS DISTINCT FROM EXCLUDED.seen
