-- Foreign keys with the operators that compare their columns; those that only carry one over to partitions left out.
SELECT k.conname AS name,
       k.conrelid AS relation_oid,
       n.nspname AS schema,
       c.relname AS table,
       c.relkind = 'p' AS is_partitioned,
       k.confrelid AS referenced_oid,
       fn.nspname AS referenced_schema,
       fc.relname AS referenced_table,
       fc.relkind = 'p' AS is_referenced_partitioned,
       k.confmatchtype = 'f' AS is_full_match,
       -- Of version 18: periods that must be covered, which no comparison of columns tells.
       coalesce(to_jsonb(k) ->> 'conperiod', 'false') = 'true' AS has_period,
       ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS u (ordinal, place)
               JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.ordinal
              ORDER BY u.place) AS columns,
       ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS u (ordinal, place)
               JOIN pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = u.ordinal
              ORDER BY u.place) AS referenced_columns,
       ARRAY(SELECT s.nspname::text FROM unnest(k.conpfeqop) WITH ORDINALITY AS u (oid, place)
               JOIN pg_operator AS o ON o.oid = u.oid JOIN pg_namespace AS s ON s.oid = o.oprnamespace
              ORDER BY u.place) AS operator_schemas,
       ARRAY(SELECT o.oprname::text FROM unnest(k.conpfeqop) WITH ORDINALITY AS u (oid, place)
               JOIN pg_operator AS o ON o.oid = u.oid
              ORDER BY u.place) AS operators
  FROM pg_constraint AS k
  JOIN pg_class AS c ON c.oid = k.conrelid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_class AS fc ON fc.oid = k.confrelid
  JOIN pg_namespace AS fn ON fn.oid = fc.relnamespace
 WHERE k.contype = 'f' AND k.conparentid = 0
   AND n.nspname NOT IN ('pg_catalog', 'information_schema', '_pgsluice')
 ORDER BY n.nspname, c.relname, k.conname
