-- Unique indexes on plain columns that hold for every row.
SELECT i.indrelid AS relation_oid,
       i.indisprimary AS is_primary,
       i.indpred IS NOT NULL AS is_partial,
       (i.indkey::int2[])[0:i.indnkeyatts - 1] AS ordinals
  FROM pg_index AS i
 WHERE i.indrelid = ANY ($1::oid[]) AND i.indisunique AND i.indislive AND i.indisvalid
   AND 0 <> ALL ((i.indkey::int2[])[0:i.indnkeyatts - 1])
 ORDER BY i.indrelid, i.indisprimary DESC, i.indnkeyatts, i.indexrelid
