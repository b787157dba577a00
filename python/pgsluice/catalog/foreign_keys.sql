-- Foreign keys of the given relations, columns in pairs.
SELECT k.conrelid AS relation_oid,
       k.conname AS name,
       k.confrelid AS referenced_oid,
       k.conkey AS ordinals,
       k.confkey AS referenced_ordinals
  FROM pg_constraint AS k
 WHERE k.contype = 'f' AND k.conrelid = ANY ($1::oid[])
 ORDER BY k.conrelid, k.conname, k.oid
