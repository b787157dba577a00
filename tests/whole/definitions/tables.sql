-- What is said of whole relations: tables, views, sequences, indexes.
SELECT c.oid::regclass::text AS name,
       jsonb_build_object(
           'kind', c.relkind, 'persistence', c.relpersistence, 'replica_identity', c.relreplident,
           'options', c.reloptions, 'toast_options', t.reloptions, 'method', m.amname,
           'secured', c.relrowsecurity, 'forced', c.relforcerowsecurity, 'of_type', NULLIF(c.reloftype, 0)::regtype,
           'populated', c.relispopulated, 'tablespace', s.spcname,
           'bound', pg_get_expr(c.relpartbound, c.oid), 'partitioned_by', CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END,
           'parents', (SELECT jsonb_agg(i.inhparent::regclass ORDER BY i.inhseqno) FROM pg_inherits AS i WHERE i.inhrelid = c.oid),
           'columns', (SELECT count(*) FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
       )::text AS definition
  FROM pg_class AS c
  LEFT JOIN pg_class AS t ON t.oid = c.reltoastrelid
  LEFT JOIN pg_am AS m ON m.oid = c.relam
  LEFT JOIN pg_tablespace AS s ON s.oid = c.reltablespace
 WHERE c.oid >= 16384 AND c.relkind <> 't' AND c.relpersistence <> 't'
   AND c.relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname IN ('pg_toast', '_pgsluice'))
