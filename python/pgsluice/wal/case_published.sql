-- Writes rows as the published form of a quiet upsert does: what was not inserted is updated if it is stale, in any order.
WITH input AS (
    SELECT i.id, i.seen FROM unnest($1::int8[], $2::int8[]) AS i (id, seen) ORDER BY i.id
), inserted AS (
    INSERT INTO _pgsluice_wal_cases.hosts (id, seen) SELECT id, seen FROM input
        ON CONFLICT (id) DO NOTHING RETURNING id
)
UPDATE _pgsluice_wal_cases.hosts AS t SET seen = input.seen FROM input
 WHERE t.id = input.id AND t.seen IS DISTINCT FROM input.seen
   AND NOT EXISTS (SELECT FROM inserted WHERE inserted.id = input.id)
