-- Unique indexes on plain columns that hold for every row.
SELECT i.indrelid AS relation_oid,
       i.indisprimary AS is_primary,
       i.indpred IS NOT NULL AS is_partial,
       -- Only constraints and indexes of plain built-in types are sure to hold equal what ORDER BY holds equal.
       EXISTS (SELECT 1 FROM pg_constraint AS k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u'))
           OR NOT EXISTS (
               SELECT 1
                 FROM unnest(i.indkey::int2[], i.indclass::oid[], i.indcollation::oid[]) AS u (ordinal, class, sorted_by)
                 JOIN pg_opclass AS c ON c.oid = u.class
                 JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = u.ordinal
                 JOIN pg_type AS t ON t.oid = a.atttypid
                WHERE NOT (c.opcdefault AND t.typnamespace = 'pg_catalog'::regnamespace
                           AND u.sorted_by = a.attcollation)
           ) AS is_in_column_order,
       (i.indkey::int2[])[0:i.indnkeyatts - 1] AS ordinals
  FROM pg_index AS i
 WHERE i.indrelid = ANY ($1::oid[]) AND i.indisunique AND i.indislive AND i.indisvalid
   AND 0 <> ALL ((i.indkey::int2[])[0:i.indnkeyatts - 1])
 ORDER BY i.indrelid, i.indisprimary DESC, i.indnkeyatts, i.indexrelid
