-- What views and materialized views show.
SELECT c.oid::regclass::text AS name, pg_get_viewdef(c.oid) AS definition
  FROM pg_class AS c
 WHERE c.oid >= 16384 AND c.relkind IN ('v', 'm')
