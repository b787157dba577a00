-- Materialized views that hold no rows yet.
SELECT n.nspname AS schema, c.relname AS name
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.relkind = 'm' AND NOT c.relispopulated AND n.nspname <> '_pgsluice'
 ORDER BY c.oid
