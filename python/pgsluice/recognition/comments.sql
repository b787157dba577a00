-- Comments on the given relations (ordinal 0) and their columns.
SELECT d.objoid AS relation_oid, d.objsubid AS ordinal, left(d.description, 400) AS comment
  FROM pg_description AS d
 WHERE d.classoid = 'pg_class'::regclass AND d.objoid = ANY ($1::oid[])
