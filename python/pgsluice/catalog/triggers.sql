-- Triggers that somebody made, those that partitions have from above too; not those of constraints.
SELECT n.nspname AS schema,
       c.relname AS table_name,
       t.tgname AS name,
       t.tgenabled::text AS enabled,
       (t.tgtype & 4) <> 0 AS is_for_insert,
       (t.tgtype & 32) <> 0 AS is_for_truncate
  FROM pg_trigger AS t
  JOIN pg_class AS c ON c.oid = t.tgrelid
  JOIN pg_namespace AS n ON n.oid = c.relnamespace
 -- Before version 15 a partition's copy of a trigger counts as internal.
 WHERE (NOT t.tgisinternal OR t.tgconstraint = 0)
   AND c.relkind = 'r'
   AND n.nspname NOT IN ('pg_catalog', 'information_schema', '_pgsluice')
 ORDER BY 1, 2, 3
