-- Columns of the given relations that a constraint of their own keeps to a list of values.
SELECT k.conrelid AS relation_oid, k.conkey[1] AS ordinal
  FROM pg_constraint AS k
 WHERE k.contype = 'c' AND k.convalidated AND cardinality(k.conkey) = 1 AND k.conrelid = ANY ($1::oid[])
   AND pg_get_constraintdef(k.oid) ~ '= ANY \(+ARRAY\['
