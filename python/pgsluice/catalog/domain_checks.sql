-- CHECKs of domains that columns of the given relations are of, those of domains beneath and of elements included.
WITH RECURSIVE used (relation_oid, ordinal, oid) AS (
    SELECT a.attrelid, a.attnum, a.atttypid
      FROM pg_attribute AS a
     WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
    UNION
    SELECT used.relation_oid, used.ordinal, coalesce(nullif(t.typbasetype, 0), t.typelem)
      FROM used JOIN pg_type AS t ON t.oid = used.oid
     WHERE t.typbasetype <> 0 OR (t.typelem <> 0 AND t.typsubscript = 'array_subscript_handler'::regproc)
)
SELECT used.relation_oid, k.conname AS name, ARRAY[used.ordinal] AS ordinals, format('%I.%I', n.nspname, t.typname) AS domain
  FROM used
  JOIN pg_type AS t ON t.oid = used.oid AND t.typtype = 'd'
  JOIN pg_namespace AS n ON n.oid = t.typnamespace
  JOIN pg_constraint AS k ON k.contypid = t.oid AND k.contype = 'c'
 ORDER BY 1, 3, 2
