-- Writes rows as `upsert` does: every row that is there is updated, changed or not.
INSERT INTO _pgsluice_wal_cases.hosts AS t (id, seen)
SELECT i.id, i.seen FROM unnest($1::int8[], $2::int8[]) AS i (id, seen) ORDER BY i.id
    ON CONFLICT (id) DO UPDATE SET seen = EXCLUDED.seen
