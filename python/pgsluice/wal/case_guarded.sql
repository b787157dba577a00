-- Writes rows as most people do who want no needless update: the row is locked before WHERE is looked at.
INSERT INTO _pgsluice_wal_cases.hosts AS t (id, seen)
SELECT i.id, i.seen FROM unnest($1::int8[], $2::int8[]) AS i (id, seen) ORDER BY i.id
    ON CONFLICT (id) DO UPDATE SET seen = EXCLUDED.seen WHERE t.seen IS DISTINCT FROM EXCLUDED.seen
